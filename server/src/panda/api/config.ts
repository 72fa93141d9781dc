import { jsonErrors, type RouteConfig } from '../../core/http/index.ts';

/** What every route of our own JSON API says of itself. */
export function apiConfig(allow: string): RouteConfig {
  return { allow, errors: jsonErrors, family: 'PanDA page' };
}
