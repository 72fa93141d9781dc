import type { Identity } from '../../core/auth/index.ts';

/** Who changes a job from outside: a person, a program with a token, or a part of the server. */
export interface Controller {
  readonly name: string;
  /** Null: a part of the server; what it does is history but no entry of the audit. */
  readonly accountId: number | null;
  readonly address?: string;
  /** Production role for jobs of this VO, the production role of their working group alone, or none. */
  powerOver(job: { vo: string | null; workingGroup: string | null }): 'production' | 'group' | null;
}

/** `prod` is the production group of `AP_prod` and of `prod` (panda-server 1.0.3, killJob). */
function isGroup(workingGroup: string, group: string): boolean {
  const [one, other] = [workingGroup.toLowerCase(), group.toLowerCase()];
  return one === other || one.endsWith(`_${other}`);
}

export function controllerOf(identity: Identity, address?: string): Controller {
  const scopes = identity.scopesOf('panda.production');
  return {
    name: identity.displayName,
    accountId: identity.accountId,
    ...(address === undefined ? {} : { address }),
    powerOver({ vo, workingGroup }) {
      if (scopes === 'all') return 'production';
      if (vo === null) return null;
      if (identity.may('panda.production', vo)) return 'production';
      const groups = scopes.flatMap((scope) =>
        scope.startsWith(`${vo}/`) ? [scope.slice(vo.length + 1)] : [],
      );
      return workingGroup !== null && groups.some((group) => isGroup(workingGroup, group)) ? 'group' : null;
    },
  };
}

/** A part of the server: it may do everything, as the production role may. */
export function serverPart(name: string): Controller {
  return { name, accountId: null, powerOver: () => 'production' };
}
