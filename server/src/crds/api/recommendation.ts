import type { CrdsRecommendation, CrdsRecommendedFile, CrdsUsedParameter } from '@orrery/contracts/crds';
import type { Core } from '../../core/core.ts';
import { filesOf } from '../catalogue/files.store.ts';
import type { Answer } from '../rules/index.ts';
import { readerOf } from '../rules/instrument.ts';
import { textOfJson } from '../rules/python-text.ts';
import type { Asked } from './asked-header.ts';

type Named = Pick<CrdsRecommendedFile, 'key' | 'name'>;

/** Answers by type as the pages show them; what is left out of `answers` was omitted by the rules. */
export async function recommendationsOf(
  core: Core,
  { observatory, instrument }: Asked,
  answers: Readonly<Record<string, Answer>>,
  types: readonly string[],
  ambiguous: ReadonlySet<string>,
): Promise<CrdsRecommendation[]> {
  const files = new Map(types.map((type) => [type, namesIn(answers[type] ?? null)]));
  const names = [...new Set([...files.values()].flat().map(({ name }) => name))];
  const known = new Map((await filesOf(core.db.sql, observatory, names)).map((file) => [file.name, file]));
  return types.map((type) => {
    const rules = instrument.types.get(type);
    const named = files.get(type) ?? [];
    return {
      type,
      ...outcomeOf(answers[type] ?? null),
      files: named.map(({ key, name }) => {
        const { rejected = false, badReason = '' } = known.get(name) ?? {};
        return { key, name, known: known.has(name), rejected, badReason };
      }),
      rmap: rules === undefined || typeof rules === 'string' ? null : rules.name,
      ambiguous: ambiguous.has(type),
    };
  });
}

/** How an answer is to be understood (crds 13.2.7: texts that begin with NOT FOUND). */
export function outcomeOf(answer: Answer): Pick<CrdsRecommendation, 'outcome' | 'message'> {
  if (answer === null) return { outcome: 'omitted', message: 'left out by the rules' };
  if (!isRefusal(answer)) return { outcome: 'found', message: '' };
  const isHarmless = /^NOT FOUND n\/a/i.test(answer);
  return { outcome: isHarmless ? 'not-applicable' : 'not-found', message: answer };
}

function isRefusal(answer: Answer): answer is string {
  return typeof answer === 'string' && answer.startsWith('NOT FOUND');
}

/** File names in an answer: one, several of a list, or those of an object with their keys. */
function namesIn(answer: Answer): Named[] {
  if (answer === null || isRefusal(answer)) return [];
  if (typeof answer !== 'object') return [{ key: null, name: String(answer) }];
  if (Array.isArray(answer)) return answer.flatMap(namesIn);
  return Object.entries(answer).flatMap(([key, value]) =>
    namesIn(value as Answer).map(({ name }) => ({ key, name })),
  );
}

/** An answer in one line. */
export function answerText(answer: Answer): string {
  if (answer === null) return 'left out';
  if (typeof answer !== 'object') return String(answer);
  return namesIn(answer)
    .map(({ key, name }) => (key === null ? name : `${key}: ${name}`))
    .join(', ');
}

/** What the rules of the instrument look at, by name, as it is written and as they compare it. */
export function parametersOf({ rules, instrument, header }: Asked): CrdsUsedParameter[] {
  const read = readerOf(header, rules.traits.translate);
  const conditioned = instrument.headerOf(header);
  const looked = [...instrument.types.values()].flatMap((one) =>
    typeof one === 'string' ? [] : one.required,
  );
  return [...new Set(looked.map((name) => name.toUpperCase()))].toSorted().map((name) => {
    const written = read(name.toLowerCase()) ?? read(name);
    return {
      name,
      written: written === undefined ? null : textOfJson(written),
      value: conditioned.get(name) ?? 'UNDEFINED',
    };
  });
}
