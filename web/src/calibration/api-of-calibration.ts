import { withQuery } from '../shared/api.ts';
import { filterOf } from './file-filter.ts';

type Query = Record<string, string | undefined>;

/** The call that a page below `/ui/calibration` is made from; `path` is what follows that. */
export function apiOfCalibration(path: string, search: Query): string | undefined {
  if (path === '' || path === '/') return '/api/crds/observatories';
  const [, observatory = '', part = '', name] = path.split('/');
  const base = `/api/crds/observatories/${observatory}`;
  const { cursor, q, tab } = search;
  if (part === '') return base;
  if (name !== undefined) {
    if (part === 'files') return `${base}/files/${name}${partsOfFile[tab ?? ''] ?? ''}`;
    if (part === 'contexts' && tab === 'references') {
      const { instrument, type } = search;
      return withQuery(`${base}/contexts/${name}/references`, { instrument, type, text: q, cursor });
    }
    return /^(contexts|datasets|affected)$/.test(part) ? `${base}/${part}/${name}` : undefined;
  }
  if (part === 'files') return withQuery(`${base}/files`, { ...filterOf(q ?? ''), cursor });
  if (part === 'contexts')
    return tab === 'all'
      ? withQuery(`${base}/contexts`, { text: q, cursor })
      : withQuery(`${base}/contexts/${tab === 'builds' || tab === 'remote' ? tab : 'history'}`, { cursor });
  if (part === 'diff') return withQuery(`${base}/differences`, { old: search.old, new: search.new });
  if (part === 'search') return withQuery(`${base}/search`, { q });
  if (part === 'datasets') {
    const { instrument } = search;
    return withQuery(`${base}/datasets`, { text: q, instrument, cursor });
  }
  if (part === 'affected') return withQuery(`${base}/affected`, { context: search.context, cursor });
  return { soundness: `${base}/scrub`, nightly: `${base}/report` }[part];
}

const partsOfFile: Query = {
  contents: '/contents',
  header: '/header',
  uses: '/uses',
  'used-by': '/used-by',
  patterns: '/matches',
  history: '/activity',
};
