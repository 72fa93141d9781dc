import type { IncomingHttpHeaders } from 'node:http';
import type { Identity } from './identity.ts';
import type { Permissions } from './permissions.ts';

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
  /** Names of cookies that carry an API token (the token cookie of old CRDS clients). */
  tokenCookies?: readonly string[];
}

/** Identities, permissions, tokens and sessions of one process. */
export interface Auth {
  readonly permissions: Permissions;
  /**
   * Who sends this request. Without credentials the anonymous identity; credentials that are not good throw
   * `unauthenticated` with a code that says why (`auth.token-unknown`, `auth.token-expired`, …).
   */
  authenticate(request: CredentialRequest, places?: CredentialPlaces): Promise<Identity>;
}
