import type { RouteConfig } from '../../core/http/index.ts';
import { uwsErrors } from '../errors.ts';

/** What every route of OPUS's own says of itself. */
export function opusConfig(allow: string): RouteConfig {
  return { allow, errors: uwsErrors, family: 'OPUS' };
}
