import type { CredentialPlaces } from '../../core/auth/index.ts';
import type { RouteConfig } from '../../core/http/index.ts';
import { uwsErrors } from '../errors.ts';

/** Where clients of UWS and OPUS put their credentials: OPUS's own say `anonymous:anonymous` when they have none. */
export const uwsCredentials: CredentialPlaces = { session: true, saysAnonymous: true };

/** What every route of OPUS's own says of itself. */
export function opusConfig(allow: string): RouteConfig {
  return { allow, errors: uwsErrors, family: 'OPUS', credentials: uwsCredentials };
}
