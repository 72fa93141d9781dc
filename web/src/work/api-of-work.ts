import { withQuery } from '../shared/api.ts';
import { filterOf } from './filter.ts';
import { nodeFilter } from './node-filter.ts';
import { ruleFilter } from './retry-filter.ts';

/** The call that a page below `/ui/work` is made from; `path` is what follows that. */
export function apiOfWork(path: string, search: Record<string, string | undefined>): string | undefined {
  if (path === '') return '/api/panda/overview';
  if (path === '/jobs')
    return withQuery('/api/panda/jobs', { ...filterOf(search.q ?? ''), cursor: search.cursor });
  if (path === '/workers') {
    const { queue, harvester, status, cursor } = search;
    return withQuery('/api/panda/workers', { queue, harvester, status, cursor });
  }
  if (path === '/nodes')
    return withQuery('/api/panda/nodes', {
      ...nodeFilter(search.q ?? '', Date.now()),
      cursor: search.cursor,
    });
  if (path === '/nodes/bad') {
    const { hours, failed, queue } = search;
    return withQuery('/api/panda/nodes/bad', { hours, failed, queue });
  }
  if (path === '/storage') return '/api/panda/endpoints';
  if (path === '/retry-rules')
    return withQuery('/api/panda/retry-rules', { ...ruleFilter(search.q ?? ''), cursor: search.cursor });
  const user = /^\/users\/([^/]+)$/.exec(path)?.[1];
  if (user !== undefined) return withQuery('/api/panda/jobs', { owner: decodeURIComponent(user) });
  if (path === '/errors') {
    const { by, hours, queue, class: whose } = search;
    return withQuery('/api/panda/errors', { by, hours, queue, class: whose });
  }
  return /^\/(jobs\/[^/]+|queues|queues\/[^/]+|shares|harvesters|harvesters\/[^/]+|nodes\/[^/]+\/[^/]+|workers\/[^/]+\/[^/]+)$/.test(
    path,
  )
    ? `/api/panda${path}`
    : undefined;
}
