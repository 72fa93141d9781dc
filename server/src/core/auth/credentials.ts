import type { IncomingHttpHeaders } from 'node:http';
import { credentialMalformed } from './jwt.ts';

/** What authentication reads of a request; a Fastify request is one. */
export interface CredentialRequest {
  readonly headers: IncomingHttpHeaders;
  /** As read by @fastify/cookie; absent = no cookies. */
  readonly cookies?: Record<string, string | undefined>;
}

/** Where a scope of addresses looks for credentials, besides the Authorization header. */
export interface CredentialPlaces {
  /** Whether the session cookie of our page counts. Never for PanDA's, workers' and VirusTotal's routes. */
  session: boolean;
  /** Names of headers that carry an API token, lower case (VirusTotal's `x-apikey`). */
  tokenHeaders?: readonly string[];
  /** Names of cookies that carry an API token (old CRDS clients). */
  tokenCookies?: readonly string[];
  /**
   * Old clients say that they are nobody: an empty header Authorization counts as none, and Basic with the name
   * and the password `anonymous` as a caller without credentials.
   */
  saysAnonymous?: boolean;
}

export type Credential =
  | { kind: 'none' }
  | { kind: 'token'; via: 'bearer' | 'basic' | 'cookie-token'; token: string }
  | { kind: 'session'; value: string };

const none: Credential = { kind: 'none' };
const maxTokenLength = 4096;

/**
 * Finds the one credential that counts: Authorization, then token headers, token cookies, and the session last.
 * Throws `auth.credential-malformed`; a bad credential is never passed over for a good one in another place.
 */
export function readCredential(
  request: CredentialRequest,
  places: CredentialPlaces,
  sessionCookie: string,
): Credential {
  const { authorization } = request.headers;
  const isSilent = places.saysAnonymous === true && authorization?.trim() === '';
  if (authorization !== undefined && !isSilent) {
    if (places.saysAnonymous === true && isAnonymousBasic(authorization)) return none;
    return readAuthorization(authorization);
  }
  for (const name of places.tokenHeaders ?? []) {
    const value = request.headers[name];
    if (typeof value === 'string') return token('bearer', value);
  }
  for (const name of places.tokenCookies ?? []) {
    const value = request.cookies?.[name];
    if (value !== undefined && value !== '') return token('cookie-token', value);
  }
  const session = places.session ? request.cookies?.[sessionCookie] : undefined;
  return session === undefined || session === '' ? none : { kind: 'session', value: session };
}

function readAuthorization(header: string): Credential {
  const [, scheme, value] = /^([A-Za-z]+) +(\S+) *$/.exec(header) ?? [];
  if (scheme === undefined || value === undefined) {
    throw credentialMalformed('The header Authorization is not a scheme followed by one credential.');
  }
  switch (scheme.toLowerCase()) {
    case 'bearer':
      return token('bearer', value);
    case 'basic':
      return readBasic(value);
    default:
      throw credentialMalformed(`The authorization scheme ${scheme.slice(0, 20)} is not accepted here.`);
  }
}

function isAnonymousBasic(header: string): boolean {
  const encoded = /^basic +(\S+) *$/i.exec(header)?.[1];
  return encoded !== undefined && Buffer.from(encoded, 'base64').toString() === 'anonymous:anonymous';
}

/** The password is an API token; the user name may be anything, since the token says whose it is. */
function readBasic(encoded: string): Credential {
  const text = Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  if (colon === -1) throw credentialMalformed('The credential of Basic is not "name:token" in base64.');
  return token('basic', text.slice(colon + 1));
}

function token(via: 'bearer' | 'basic' | 'cookie-token', value: string): Credential {
  if (value.length > maxTokenLength || !/^[\x21-\x7e]+$/.test(value)) {
    throw credentialMalformed('What was sent in place of an API token cannot be one.');
  }
  return { kind: 'token', via, token: value };
}
