import {
  type PandaJobFilter,
  type PandaJobState,
  pandaErrorSources,
  pandaJobStates,
} from '@orrery/contracts';
import { type FilterTerm, readTerms, writeTerms } from '../shared/filter-terms.ts';
import { instant } from '../shared/instant.ts';
import { isMapped } from '../shared/states.ts';

/** Terms that are passed on as they are, and what the API calls them. */
const texts = {
  queue: 'queue',
  owner: 'owner',
  label: 'label',
  share: 'share',
  type: 'processingType',
  resource: 'resourceType',
  vo: 'vo',
  group: 'workingGroup',
  node: 'node',
} as const satisfies Record<string, keyof PandaJobFilter>;

/** Terms with an instant: when a job was made, and when it last changed. */
const instants = {
  after: 'createdAfter',
  before: 'createdBefore',
  since: 'modifiedAfter',
  until: 'modifiedBefore',
} as const satisfies Record<string, keyof PandaJobFilter>;

const plain = 'name';
/** Fields of the text query of job lists; a word without a field is the beginning of the job's name. */
export const filterFields: readonly string[] = [
  'status',
  ...Object.keys(texts),
  'task',
  'error',
  plain,
  ...Object.keys(instants),
];

export const termsOf = (q: string): FilterTerm[] => readTerms(q, plain);
export const textOf = (terms: readonly FilterTerm[]): string => writeTerms(terms, plain);

const isStatus = (word: string): word is PandaJobState => isMapped('pandaJob', word);

/** `pilot:1305`, `pilot` or `1305`; undefined when it is none of them. */
export function errorOf(value: string): Pick<PandaJobFilter, 'errorSource' | 'errorCode'> | undefined {
  const [, word, number] = /^([a-zA-Z]*):?(-?\d{1,9})?$/.exec(value) ?? [];
  const source = pandaErrorSources.find((each) => each.toLowerCase() === word?.toLowerCase());
  if ((word !== undefined && word !== '' && source === undefined) || (word === '' && number === undefined))
    return undefined;
  if (word === undefined) return undefined;
  return {
    ...(source === undefined ? {} : { errorSource: source }),
    ...(number === undefined ? {} : { errorCode: Number(number) }),
  };
}

/** Has a value of the table the name? Names of the object's own ancestors do not count. */
function has<T extends object>(table: T, name: string): name is keyof T & string {
  return Object.hasOwn(table, name);
}

/** The filter of the API that a text query means. What it does not understand is left out; `problemsOf` names it. */
export function filterOf(q: string, me?: string): PandaJobFilter {
  const filter: PandaJobFilter = {};
  const wanted = new Set<PandaJobState>();
  const excluded = new Set<PandaJobState>();
  for (const { field, value, not } of termsOf(q)) {
    if (field === 'status' && isStatus(value.toLowerCase()))
      (not ? excluded : wanted).add(value.toLowerCase() as PandaJobState);
    else if (not) continue;
    else if (field === 'owner') filter.owner = value === 'me' && me !== undefined ? me : value;
    else if (has(texts, field)) filter[texts[field]] = value;
    else if (field === 'task' && /^\d{1,15}$/.test(value)) filter.task = Number(value);
    else if (field === 'error') Object.assign(filter, errorOf(value));
    else if (field === plain) filter.text = filter.text === undefined ? value : `${filter.text} ${value}`;
    else if (has(instants, field)) {
      const at = instant(value);
      if (at !== undefined) filter[instants[field]] = at;
    }
  }
  const base = wanted.size > 0 ? [...wanted] : [...pandaJobStates];
  if (wanted.size > 0 || excluded.size > 0) filter.status = base.filter((status) => !excluded.has(status));
  return filter;
}

/** Terms that mean nothing, as sentences. */
export function problemsOf(q: string): string[] {
  return termsOf(q).flatMap(({ field, value, not }) => {
    if (!filterFields.includes(field))
      return [`There is no field ${field}; ${filterFields.join(', ')} are known.`];
    if (not && field !== 'status') return [`Only states can be left out, not ${field}.`];
    if (field === 'status' && !isStatus(value.toLowerCase())) return [`${value} is no state of a job.`];
    if (field === 'task' && !/^\d{1,15}$/.test(value)) return [`${value} is no number of a task.`];
    if (field === 'error' && errorOf(value) === undefined)
      return [`${value} is no error; pilot:1305, pilot and 1305 are.`];
    if (has(instants, field) && instant(value) === undefined)
      return [`${value} is no date; 2026-11-22 and 2026-11-22T02:00 are.`];
    return [];
  });
}

/** The text query without the terms of a field. */
export const without = (q: string, field: string): FilterTerm[] =>
  termsOf(q).filter((term) => term.field !== field);

/** Address below `/ui` of the jobs that have all of these terms. */
export function jobsHref(
  terms: Record<string, string | number | readonly string[] | null | undefined>,
): string {
  const list = Object.entries(terms).flatMap(([field, given]) =>
    given === null || given === undefined
      ? []
      : (Array.isArray(given) ? given : [given]).map((value) => ({ field, value: String(value) })),
  );
  return `/ui/work/jobs?${new URLSearchParams({ q: textOf(list) })}`;
}
