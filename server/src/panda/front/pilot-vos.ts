import type { Identity } from '../../core/auth/index.ts';

/** VOs for whose jobs somebody may speak as a pilot: that of the token, or those of its roles; null = all. */
export function pilotVos(identity: Identity): readonly string[] | null {
  if (identity.vo !== undefined) return [identity.vo];
  const pilot = identity.scopesOf('panda.pilot');
  const production = identity.scopesOf('panda.production');
  return pilot === 'all' || production === 'all' ? null : [...new Set([...pilot, ...production])].sort();
}
