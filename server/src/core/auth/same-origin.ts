import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '../errors.ts';
import type { Identity } from './identity.ts';

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

export interface OriginRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly identity: Pick<Identity, 'via'>;
}

/**
 * A cookie travels with requests that other sites make, and so does what a browser was told when it asked for Basic;
 * a Bearer token does not. So a request that changes something and did not show such a token must not come from
 * another site, and with a session it must say that it comes from our own page. Old programs that carry a token in a
 * cookie or in Basic say nothing at all and are let through: browsers always send one of the two headers with such
 * requests. Of `ownUrls` the scheme, host and port count. Throws `auth.origin-foreign`.
 */
export function assertSameOrigin(request: OriginRequest, ownUrls: readonly string[]): void {
  const { via } = request.identity;
  if (safeMethods.has(request.method) || via === 'bearer' || via === 'none') return;
  const word = originWord(request.headers, ownUrls);
  if (word === 'own' || (word === 'silent' && via !== 'session')) return;
  throw originForeign();
}

/** For signing in, where there is no identity yet: another site shall not sign its visitor in as somebody. */
export function assertNotForeign(headers: IncomingHttpHeaders, ownUrls: readonly string[]): void {
  if (originWord(headers, ownUrls) === 'foreign') throw originForeign();
}

/** What the browser says about the page that sent the request. `same-site` is foreign: a neighbour host is not us. */
function originWord(headers: IncomingHttpHeaders, ownUrls: readonly string[]): 'own' | 'foreign' | 'silent' {
  const { origin } = headers;
  const site = headers['sec-fetch-site'];
  if (site === 'same-origin' || site === 'none') return 'own';
  if (origin !== undefined)
    return ownUrls.some((url) => originOf(url) === origin.toLowerCase()) ? 'own' : 'foreign';
  return site === undefined ? 'silent' : 'foreign';
}

function originOf(url: string): string | null {
  return URL.canParse(url) ? new URL(url).origin : null;
}

function originForeign(): AppError {
  return new AppError(
    'forbidden',
    'auth.origin-foreign',
    'This request was sent by a page of another site.',
    {
      next: 'Use our own page, or send an API token in the header Authorization.',
    },
  );
}
