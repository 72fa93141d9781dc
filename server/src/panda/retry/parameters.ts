import Type, { type Static, type TSchema } from 'typebox';
import { Value } from 'typebox/value';
import type { RetryAction } from './actions.ts';

const strict = { additionalProperties: false } as const;
const factor = (description: string) =>
  Type.Optional(Type.Number({ description, exclusiveMinimum: 1, maximum: 10 }));

/** Switches of a task that keep `reduce_input_per_job` away from it, unless the rule says others. */
const excludable = ['nEventsPerJob', 'nFilesPerJob', 'nGBPerJob', 'nMaxFilesPerJob'] as const;
type Excludable = (typeof excludable)[number];

const attempt = Type.Integer({ minimum: 1, maximum: 1000 });

/** What each action may be told. Names of the reference: maxAttempt, excluded_rules, steps. */
const retryParameters = {
  no_retry: Type.Object({}, strict),
  limit_retry: Type.Object({ maxAttempt: attempt }, strict),
  increase_memory: Type.Object({}, strict),
  increase_memory_xtimes: Type.Object(
    { factor: factor('Times what the failed job had; absent = times the number of the attempt.') },
    strict,
  ),
  increase_cputime: Type.Object(
    { factor: factor('Times what the failed job took; 1.5 when absent.') },
    strict,
  ),
  reduce_input_per_job: Type.Object(
    {
      steps: Type.Optional(
        Type.Array(attempt, {
          minItems: 3,
          maxItems: 3,
          description: 'Attempts from which jobs get half, a quarter, and one; 2, 4, 7 when absent.',
        }),
      ),
      excludedRules: Type.Optional(
        Type.Array(Type.Enum([...excludable]), {
          maxItems: excludable.length,
          uniqueItems: true,
          description:
            'Tasks that set one of these are left alone; nEventsPerJob and nFilesPerJob when absent.',
        }),
      ),
    },
    strict,
  ),
} as const satisfies Record<RetryAction, TSchema>;
export type RetryParameters = Partial<
  Static<(typeof retryParameters)['limit_retry']> &
    Static<(typeof retryParameters)['increase_cputime']> &
    Static<(typeof retryParameters)['reduce_input_per_job']>
>;

/** What is wrong with the parameters of an action, as `maxAttempt: must be …`; null = nothing. */
export function parametersFault(action: RetryAction, value: unknown): string | null {
  const schema = retryParameters[action];
  if (!Value.Check(schema, value)) {
    const unknown = Object.keys(value ?? {}).find((key) => !Object.hasOwn(schema.properties, key));
    if (unknown !== undefined) return `${action} has no parameter ${JSON.stringify(unknown.slice(0, 40))}`;
    if (action === 'limit_retry' && !isSet(value, 'maxAttempt'))
      return 'limit_retry needs parameters.maxAttempt';
    const [first] = Value.Errors(schema, value);
    return `parameters${(first?.instancePath ?? '').replaceAll('/', '.')} ${first?.message ?? 'are wrong'}`;
  }
  const { steps } = value as RetryParameters;
  const isAscending = steps?.every((each, n) => n === 0 || each > (steps[n - 1] ?? 0)) ?? true;
  return isAscending ? null : 'parameters.steps must ascend, for example [2, 4, 7]';
}

function isSet(value: unknown, key: string): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key);
}

/** Attempts from which a job gets half, a quarter, and one (panda-server 1.0.3). */
const usualSteps: readonly [number, number, number] = [2, 4, 7];

/** Of the rule, else the usual ones; what is stored in another form counts as absent. */
export function stepsOf({ steps }: Readonly<Record<string, unknown>>): readonly [number, number, number] {
  if (!Array.isArray(steps)) return usualSteps;
  const [low, middle, high] = steps.map(Number);
  return [low ?? usualSteps[0], middle ?? usualSteps[1], high ?? usualSteps[2]];
}

export function excludedOf({ excludedRules }: Readonly<Record<string, unknown>>): readonly Excludable[] {
  if (!Array.isArray(excludedRules)) return ['nEventsPerJob', 'nFilesPerJob'];
  return excludable.filter((name) => excludedRules.includes(name));
}

export function factorOf({ factor: given }: Readonly<Record<string, unknown>>): number | null {
  const value = Number(given ?? Number.NaN);
  return Number.isFinite(value) && value > 1 ? value : null;
}
