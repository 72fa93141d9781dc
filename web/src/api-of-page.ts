import { apiOfCalibration } from './calibration/api-of-calibration.ts';
import { filterOf } from './services/filter.ts';
import { withQuery } from './shared/api.ts';
import { apiOfWork } from './work/api-of-work.ts';

/** The call of our own API that a page is made from; undefined for pages without one. `path` is below `/ui`. */
export function apiOf(path: string, search: Record<string, string | undefined>): string | undefined {
  if (path === '/work' || path.startsWith('/work/')) return apiOfWork(path.slice('/work'.length), search);
  if (path === '/calibration' || path.startsWith('/calibration/'))
    return apiOfCalibration(path.slice('/calibration'.length), search);
  const job = /^\/services\/[^/]+\/jobs\/([^/]+)$/.exec(path);
  if (job !== null) return `/api/uws/jobs/${job[1]}`;
  const list = /^\/services\/(?:([^/]+)\/)?jobs$/.exec(path);
  if (list !== null)
    return withQuery('/api/uws/jobs', {
      ...filterOf(search.q ?? '', { definition: list[1] }),
      cursor: search.cursor,
      at: search.at,
    });
  const described = /^\/services\/([^/]+)\/definition$/.exec(path);
  if (described !== null)
    return withQuery(`/api/uws/definitions/${described[1]}`, { version: search.version });
  if (path === '/services') return '/api/uws/definitions';
  const definition = /^\/services\/([^/]+)$/.exec(path);
  if (definition !== null) return `/api/uws/definitions/${definition[1]}`;
  const admin = /^\/admin\/(schedule|audit|processes)$/.exec(path);
  if (admin !== null) return admin[1] === 'schedule' ? '/api/core/schedules' : `/api/core/${admin[1]}`;
  if (path === '/' || path === '/admin/capacity') return '/api/core/board';
  return path === '/account' ? '/api/core/me' : undefined;
}
