import { jsonErrors, type RouteConfig } from '../../core/http/index.ts';

/** What every route of our own JSON API says of itself. */
export function apiConfig(allow: 'crds.read' | 'crds.operate'): RouteConfig {
  return { allow, errors: jsonErrors, family: 'Calibration page' };
}
