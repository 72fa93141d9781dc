import type { FastifyRequest } from 'fastify';
import { absoluteUrl } from '../../core/http/index.ts';

/** Parts of the address below `/rest`. */
export interface RestParams {
  name: string;
  id?: string;
  part?: string;
  number?: string;
}

export function paramsOf(request: FastifyRequest): RestParams {
  return request.params as RestParams;
}

/** The job list as this caller addressed it: uws-client compares addresses textually. */
export function listUrl(request: FastifyRequest): string {
  const isAsync = request.routeOptions.url?.startsWith('/rest/:name/async') === true;
  return absoluteUrl(
    request,
    `/rest/${encodeURIComponent(paramsOf(request).name)}${isAsync ? '/async' : ''}`,
  );
}

export function jobUrl(request: FastifyRequest, jobId = paramsOf(request).id ?? ''): string {
  return `${listUrl(request)}/${jobId}`;
}

/** Everything after the first question mark. */
export function queryOf(request: FastifyRequest): string {
  const at = request.url.indexOf('?');
  return at < 0 ? '' : request.url.slice(at + 1);
}
