import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { AppError } from '../../core/errors.ts';
import { askedSources, retryActions } from './actions.ts';
import { parametersFault, type RetryParameters } from './parameters.ts';
import { compilePattern } from './rule.ts';

const orNull = <T extends Type.TSchema>(schema: T) => Type.Optional(Type.Union([schema, Type.Null()]));
const name = Type.String({ minLength: 1, maxLength: 200 });

/** A retry rule as operators write it. */
export const RetryRuleWish = Type.Object(
  {
    action: Type.Enum([...retryActions]),
    errorSource: Type.Enum([...askedSources]),
    errorCode: Type.Integer({ minimum: -2_147_483_648, maximum: 2_147_483_647 }),
    diagPattern: orNull(Type.String({ minLength: 1, maxLength: 1000 })),
    architecture: orNull(name),
    release: orNull(name),
    queue: orNull(name),
    workQueue: orNull(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
    parameters: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    active: Type.Optional(Type.Boolean()),
    description: Type.Optional(Type.String({ maxLength: 1000 })),
    expiresAt: orNull(Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\d(T[\\d:.]+Z)?$' })),
  },
  { additionalProperties: false },
);

/** A rule with nothing left open. */
export type CheckedRule = Omit<Required<Static<typeof RetryRuleWish>>, 'parameters' | 'expiresAt'> & {
  parameters: RetryParameters;
  expiresAt: Date | null;
};

/** Throws `panda.retry-rule-refused`, and what core/regex refuses a pattern with. */
export function checkRule(value: unknown): CheckedRule {
  const wish = checkForm(value);
  const { parameters = {} } = wish;
  const fault = parametersFault(wish.action, parameters);
  if (fault !== null) throw ruleRefused(fault, 'parameters');
  if (wish.errorCode === 0) throw ruleRefused('errorCode 0 is no error', 'errorCode');
  if (typeof wish.diagPattern === 'string') compilePattern(wish.diagPattern);
  const expiresAt = typeof wish.expiresAt === 'string' ? new Date(wish.expiresAt) : null;
  if (expiresAt !== null && Number.isNaN(expiresAt.getTime()))
    throw ruleRefused('expiresAt is no instant', 'expiresAt');
  return {
    action: wish.action,
    errorSource: wish.errorSource,
    errorCode: wish.errorCode,
    diagPattern: wish.diagPattern ?? null,
    architecture: wish.architecture ?? null,
    release: wish.release ?? null,
    queue: wish.queue ?? null,
    workQueue: wish.workQueue ?? null,
    parameters: parameters as RetryParameters,
    active: wish.active ?? true,
    description: wish.description ?? '',
    expiresAt,
  };
}

function checkForm(value: unknown): Static<typeof RetryRuleWish> {
  if (Value.Check(RetryRuleWish, value)) {
    // Nothing of it can be stored with that character.
    if (JSON.stringify(value).includes('\\u0000')) throw ruleRefused('it holds the character U+0000');
    return value;
  }
  const [first] = Value.Errors(RetryRuleWish, value);
  const place = (first?.instancePath ?? '').slice(1).replaceAll('/', '.');
  const missing = first?.keyword === 'required' ? ` ${JSON.stringify(first.params)}` : '';
  throw ruleRefused(`${place === '' ? 'the rule' : place} ${first?.message ?? 'is wrong'}${missing}`, place);
}

/** `place`: the field that is wrong. */
function ruleRefused(fault: string, place?: string): AppError {
  return new AppError('invalid', 'panda.retry-rule-refused', `The rule is not as it should be: ${fault}.`, {
    next: 'Give {"action", "errorSource", "errorCode"} and what else must fit: diagPattern, architecture, release, queue, workQueue.',
    ...(place === undefined || place === '' ? {} : { details: { place } }),
  });
}
