import type { FastifyRequest } from 'fastify';
import { AppError } from '../../core/errors.ts';
import type { JobFilter } from '../api/job-filter.ts';
import type { Sight } from '../api/sight.ts';
import { isJobState, type JobState } from '../states.ts';

/** The words of an address of the monitor, each the last time it is given; names in any case. */
export function wordsOf(request: FastifyRequest): ReadonlyMap<string, string> {
  const at = request.url.indexOf('?');
  const query = new URLSearchParams(at < 0 ? '' : request.url.slice(at + 1));
  return new Map([...query].map(([name, value]) => [name.toLowerCase(), value.trim()]));
}

/** `?json`, `?json=true`, or a caller that accepts JSON and no page. */
export function wantsJson(request: FastifyRequest, words: ReadonlyMap<string, string>): boolean {
  if (words.has('json')) return !/^(false|0|no)$/i.test(words.get('json') ?? '');
  const accept = request.headers.accept ?? '';
  return /\bapplication\/json\b/i.test(accept) && !/html/i.test(accept);
}

/** Filters that are compared as they are: name of the monitor, ours, and the page's. */
const plain = [
  ['computingsite', 'queue', 'queue'],
  ['prodsourcelabel', 'label', 'label'],
  ['processingtype', 'processingType', 'type'],
  ['workinggroup', 'workingGroup', 'group'],
  ['resourcetype', 'resourceType', 'resource'],
  ['resource_type', 'resourceType', 'resource'],
  ['gshare', 'share', 'share'],
  ['vo', 'vo', 'vo'],
  ['modificationhost', 'node', 'node'],
] as const satisfies ReadonlyArray<readonly [string, keyof JobFilter, string]>;

/** Words that say how to show, not what. */
const decorations = new Set([
  'json',
  'limit',
  'display_limit',
  'hours',
  'days',
  'jobstatus',
  'produsername',
  'username',
  'jeditaskid',
  'pandaid',
]);

/** Without a narrower wish the monitor shows what changed in so many hours. */
const usualHours = 12;

export interface MonitorQuery {
  filter: JobFilter;
  /** Whom jobs shall belong to, as it was written; null = anybody. */
  owner: string | null;
  limit: number;
  hours: number | null;
  /** The jobs asked for by number; null = those of the filter. */
  jobIds: number[] | null;
  /** Words that no filter of ours answers to. */
  ignored: string[];
}

const usualLimit = 1000;
const mostRows = 10_000;
const mostHours = 24 * 366;

/** Reads the filters of `/jobs/`. Throws `panda.monitor-query-refused`. */
export function readJobQuery(words: ReadonlyMap<string, string>, sight: Sight, now: Date): MonitorQuery {
  const filter: JobFilter = { sight };
  const known = new Set(decorations);
  for (const [word, name] of plain) {
    known.add(word);
    const value = words.get(word);
    if (value !== undefined && value !== '') Object.assign(filter, { [name]: value });
  }
  const statuses = listOf(words.get('jobstatus')).map(stateOf);
  if (statuses.length > 0) filter.statuses = statuses;
  const task = numberOf(words, 'jeditaskid', Number.MAX_SAFE_INTEGER);
  if (task !== null) filter.taskId = task;
  const ids = listOf(words.get('pandaid')).map((text) => integer('pandaid', text, Number.MAX_SAFE_INTEGER));
  const hours = hoursOf(words) ?? (task === null && ids.length === 0 ? usualHours : null);
  if (hours !== null) filter.modifiedAfter = new Date(now.getTime() - hours * 3_600_000);
  return {
    filter,
    owner: ownerIn(words),
    hours,
    limit: Math.min(mostRows, numberOf(words, 'limit', Number.MAX_SAFE_INTEGER) ?? usualLimit),
    jobIds: ids.length === 0 ? null : ids,
    ignored: [...words.keys()].filter((word) => !known.has(word)),
  };
}

function ownerIn(words: ReadonlyMap<string, string>): string | null {
  return words.get('produsername') || words.get('username') || null;
}

/** The same filters as the page of jobs writes them. */
export function pageQuery(words: ReadonlyMap<string, string>, now: Date): string {
  const quote = (value: string) => (/\s/.test(value) ? `"${value.replaceAll('"', '')}"` : value);
  const hours = hoursOf(words);
  const owner = ownerIn(words);
  const terms = [
    ...(owner === null ? [] : [`owner:${quote(owner)}`]),
    ...listOf(words.get('jobstatus')).map((state) => `status:${quote(state)}`),
    ...plain.flatMap(([word, , term]) => {
      const value = words.get(word) ?? '';
      return value === '' ? [] : [`${term}:${quote(value)}`];
    }),
    ...(/^\d+$/.test(words.get('jeditaskid') ?? '') ? [`task:${words.get('jeditaskid')}`] : []),
    ...(hours === null ? [] : [`since:${new Date(now.getTime() - hours * 3_600_000).toISOString()}`]),
  ];
  return terms.length === 0 ? '' : `?${new URLSearchParams({ q: terms.join(' ') })}`;
}

/** Values by commas or bars, as the monitor takes them. */
function listOf(text: string | undefined): string[] {
  return (text ?? '').split(/[,|]/).flatMap((word) => (word.trim() === '' ? [] : [word.trim()]));
}

function stateOf(word: string): JobState {
  const state = word.toLowerCase();
  if (!isJobState(state)) throw refused(`jobstatus: there is no state "${word.slice(0, 40)}".`);
  return state;
}

export function hoursOf(words: ReadonlyMap<string, string>): number | null {
  const hours = numberOf(words, 'hours', mostHours);
  const days = numberOf(words, 'days', mostHours / 24);
  return hours ?? (days === null ? null : days * 24);
}

function numberOf(words: ReadonlyMap<string, string>, name: string, most: number): number | null {
  const text = words.get(name);
  return text === undefined || text === '' ? null : integer(name, text, most);
}

export function integer(name: string, text: string, most: number): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value) || value > most)
    throw refused(`${name} is no whole number up to ${most}: "${text.slice(0, 40)}".`);
  return value;
}

export function refused(sentence: string): AppError {
  return new AppError('invalid', 'panda.monitor-query-refused', sentence, {
    next: 'Correct the address.',
  });
}
