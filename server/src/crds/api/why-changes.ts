import type { CrdsWhy, CrdsWhyLevel } from '@orrery/contracts/crds';
import { bestReferences } from '../rules/index.ts';
import type { Asked } from './asked-header.ts';
import { answerText } from './recommendation.ts';

const mostChanges = 4;

/** Other values of the dataset that lead elsewhere; each was tried. */
export function changesOf(
  { rules, header }: Asked,
  type: string,
  levels: readonly CrdsWhyLevel[],
): CrdsWhy['changes'] {
  const answerWith = (changes: Readonly<Record<string, string>>): string => {
    const changed = new Map([...(header as ReadonlyMap<string, unknown>), ...Object.entries(changes)]);
    // A lower-case spelling would win over the changed value.
    for (const name of Object.keys(changes)) changed.delete(name.toLowerCase());
    return answerText(bestReferences(rules, changed, [type])[type] ?? null);
  };
  const now = answerWith({});
  const found: CrdsWhy['changes'] = [];
  for (const { text, header: wanted } of levels.flatMap(candidatesOf)) {
    if (found.length >= mostChanges) break;
    const answer = answerWith(wanted);
    if (answer === now || answer.startsWith('NOT FOUND') || found.some((one) => one.answer === answer))
      continue;
    found.push({ text: `${text} gets ${answer}`, header: wanted, answer });
  }
  return found;
}

interface Candidate {
  text: string;
  header: Record<string, string>;
}

function candidatesOf(level: CrdsWhyLevel): Candidate[] {
  return level.selector === 'UseAfter' ? dates(level) : level.selector === 'Match' ? nearRules(level) : [];
}

/** The dates before and after the one that holds. */
function dates({ parameters, rules }: CrdsWhyLevel): Candidate[] {
  const at = rules.findIndex(({ chosen }) => chosen);
  const neighbours = [rules[at + 1], at > 0 ? rules[at - 1] : undefined];
  return neighbours.flatMap((rule, side) => {
    const key = rule?.values[0]?.text;
    if (key === undefined) return [];
    const [day = '', clock = '00:00:00'] = key.split(' ');
    const [first = '', second] = parameters;
    const header = second === undefined ? { [first]: key } : { [first]: day, [second]: clock };
    return [
      {
        text: `an exposure ${side === 0 || at < 0 ? 'from' : 'of'} ${key}${side === 0 || at < 0 ? ' on' : ''}`,
        header,
      },
    ];
  });
}

/** Rules that fail on one value alone. */
function nearRules({ parameters, rules }: CrdsWhyLevel): Candidate[] {
  return rules.flatMap(({ values }) => {
    const failing = values.flatMap(({ text, verdict }, at) => (verdict === 'fails' ? [{ text, at }] : []));
    const [only] = failing;
    if (only === undefined || failing.length > 1) return [];
    const name = parameters[only.at] ?? '';
    const value = only.text.split('|').find((part) => part !== '' && !/[*?[({#<>]/.test(part));
    return value === undefined ? [] : [{ text: `${name} ${value}`, header: { [name]: value } }];
  });
}
