import type { Grant, Role } from './roles.ts';

/** `vo` covers `vo/group`; equal scopes cover each other. */
function coversPart(part: string, wanted: string): boolean {
  return part === wanted || wanted.startsWith(`${part}/`);
}

/** True when a grant's scope (a list by commas, or `null` = all) covers the wanted scope. */
export function coversScope(scope: string | null, wanted: string): boolean {
  return scope === null || scope.split(',').some((part) => coversPart(part, wanted));
}

function commonScopes(one: string | null, other: string | null): Array<string | null> {
  if (one === null) return [other];
  if (other === null) return [one];
  const common = new Set<string>();
  for (const a of one.split(',')) {
    for (const b of other.split(',')) {
      if (coversPart(a, b)) common.add(b);
      else if (coversPart(b, a)) common.add(a);
    }
  }
  return [...common];
}

function commonOfPair(one: Grant, other: Grant): Grant[] {
  if (one.role === 'admin') return [other];
  if (other.role === 'admin') return [one];
  if (one.role !== other.role) return [];
  return commonScopes(one.scope, other.scope).map((scope) => ({ role: one.role, scope }));
}

/**
 * What both sides hold: a token may do what it was made for and what its account may do now, never more.
 * `admin` stands for every role.
 */
export function intersectGrants(one: readonly Grant[], other: readonly Grant[]): Grant[] {
  const common = new Map<string, Grant>();
  for (const a of one) {
    for (const b of other) {
      for (const grant of commonOfPair(a, b)) common.set(`${grant.role}:${grant.scope ?? ''}`, grant);
    }
  }
  return [...common.values()];
}

/** True when the grants hold the role in that scope (`null` = everywhere). */
export function holds(grants: readonly Grant[], role: Role, scope: string | null): boolean {
  return grants.some(
    (grant) =>
      grant.role === 'admin' ||
      (grant.role === role && (scope === null ? grant.scope === null : coversScope(grant.scope, scope))),
  );
}
