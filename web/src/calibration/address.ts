import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { withQuery } from '../shared/api.ts';
import type { Crumb } from '../shared/page.ts';

type Query = Record<string, string | undefined>;

/** The observatory that the page is about. */
export const useObservatory = (): string => (useParams({ strict: false }) as { obs: string }).obs;

/** A page of an observatory, with `/ui`, for links. */
export const pageHref = (observatory: string, part = '', query: Query = {}): string =>
  withQuery(`/ui/calibration/${observatory}${part === '' ? '' : `/${part}`}`, query);

export const fileHref = (observatory: string, name: string, query: Query = {}): string =>
  pageHref(observatory, `files/${encodeURIComponent(name)}`, query);

export const contextHref = (observatory: string, name: string, query: Query = {}): string =>
  pageHref(observatory, `contexts/${encodeURIComponent(name)}`, query);

export const diffHref = (observatory: string, before: string, after: string): string =>
  pageHref(observatory, 'diff', { old: before, new: after });

/** The crumbs of a page: area, observatory, and what follows. */
export const crumbsOf = (observatory: string, ...rest: Crumb[]): Crumb[] => [
  { label: 'Calibration', to: '/calibration' },
  { label: observatory, to: `/calibration/${observatory}`, mono: true },
  ...rest,
];

/** What the query string says, and how to change parts of it; an undefined value goes. */
export function useAddress(): [Query, (change: Query, replace?: boolean) => void] {
  const query = useSearch({ strict: false }) as Query;
  const navigate = useNavigate();
  const change = (next: Query, replace = false) =>
    void navigate({ to: '.', search: (before: Query) => ({ ...before, ...next }), replace });
  return [query, change];
}

/** Values of a header in one parameter of the query string. */
export const writeHeader = (header: Readonly<Record<string, string>>): string =>
  new URLSearchParams(Object.entries(header)).toString();

export const readHeader = (text: string): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(text));

/** Lines of `KEY = value`, as people type and paste them; also with `:`, and with quotes around the value. */
export function readTyped(text: string): { header: Record<string, string>; problems: string[] } {
  const header: Record<string, string> = {};
  const problems: string[] = [];
  for (const line of text.split('\n')) {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const match = /^([A-Za-z0-9_.-]+)\s*[=:]\s*(.*)$/.exec(trimmed);
    if (match === null) problems.push(`“${trimmed.slice(0, 60)}” is no KEY = value.`);
    else header[match[1] ?? ''] = (match[2] ?? '').replace(/^(['"])(.*)\1$/, '$2').trim();
  }
  return { header, problems };
}
