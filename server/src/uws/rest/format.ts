import type { FastifyReply, FastifyRequest } from 'fastify';
import { absoluteUrl, readForm } from '../../core/http/index.ts';
import { controlInvalid } from '../errors.ts';
import { paramsOf, queryOf } from './addresses.ts';

export type Format = 'xml' | 'json';

/**
 * In which form the caller wants a job or a list: `RESPONSEFORMAT` (DALI 1.1, section 3.4.3) says it in the
 * address, for a link; otherwise XML, and JSON for those who accept it and no XML.
 */
export function formatOf(request: FastifyRequest): Format {
  const named = namedFormat(request);
  if (named !== null) return named;
  const accept = request.headers.accept ?? '';
  return /\bapplication\/json\b/i.test(accept) && !/xml/i.test(accept) ? 'json' : 'xml';
}

const namesFormat = /[?&]responseformat=/i;

function namedFormat(request: FastifyRequest): Format | null {
  if (!namesFormat.test(request.url)) return null;
  for (const [name, [value = '']] of readForm(queryOf(request))) {
    if (name.toUpperCase() !== 'RESPONSEFORMAT') continue;
    const word = /^(?:(?:text|application)\/)?(xml|json)\b/i.exec(value.trim())?.[1]?.toLowerCase();
    if (word === 'xml' || word === 'json') return word;
    throw controlInvalid('RESPONSEFORMAT', value, 'xml or json is wanted.');
  }
  return null;
}

/**
 * A browser that opens the address as a document. `text/html` alone says nothing: Java's HttpURLConnection sends
 * it by default and cannot read a page.
 */
function isBrowser({ headers }: FastifyRequest): boolean {
  return (
    headers['sec-fetch-dest'] === 'document' || /\bapplication\/xhtml\+xml\b/i.test(headers.accept ?? '')
  );
}

const withPage = /^\/rest\/:name(?:\/async)?(\/:id)?$/;

/** Our page of the list or the job this address names; null when there is none or the caller wants no page. */
export function pageFor(request: FastifyRequest): string | null {
  if (!isBrowser(request) || namesFormat.test(request.url)) return null;
  if (request.method !== 'GET' && request.method !== 'HEAD') return null;
  const match = withPage.exec(request.routeOptions.url ?? '');
  if (match === null) return null;
  const { name, id = '' } = paramsOf(request);
  const job = match[1] === undefined ? '' : `/${encodeURIComponent(id)}`;
  return absoluteUrl(request, `/ui/services/${encodeURIComponent(name)}/jobs${job}`);
}

/** 303 to our page, which asks for the sign-in itself. */
export function toPage(reply: FastifyReply, page: string): FastifyReply {
  return reply
    .code(303)
    .removeHeader('www-authenticate')
    .headers({ location: page, vary: 'Accept', 'cache-control': 'no-store' });
}
