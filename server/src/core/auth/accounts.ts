import { rm } from 'node:fs/promises';
import type { Tx } from '../db/index.ts';
import { AppError } from '../errors.ts';
import { unguessableId } from '../ids.ts';
import {
  type Account,
  deleteGrant,
  findAccount,
  insertAccount,
  insertGrant,
  lockAdmins,
  updateDisabled,
  updatePassword,
} from './account.store.ts';
import type { Actor, AuthContext } from './context.ts';
import { firstPasswordFile } from './first-password.ts';
import { checkNewPassword, hashPassword } from './password.ts';
import { formatGrant, type Grant, parseGrant } from './roles.ts';
import { deleteSessions } from './session.store.ts';

const namePattern = /^[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}$/;
/** Words that stand for somebody else in lists and in the audit trail. */
const reservedNames = new Set(['anonymous', 'system', 'account']);

export interface NewAccountWish {
  name: string;
  displayName?: string;
  /** Each `role` or `role:scope`. */
  roles?: readonly string[];
  /** Without one the account signs in by API tokens only. */
  password?: string;
  /** True when its owner chose the password; otherwise it must be changed at the first sign-in. */
  passwordChosen?: boolean;
}

/**
 * Makes an account. Throws `auth.account-name-invalid`, `auth.account-taken`, `auth.password-weak`, and what
 * `parseGrant` throws.
 */
export async function createAccount(
  context: AuthContext,
  actor: Actor,
  wish: NewAccountWish,
): Promise<Account> {
  checkName(wish.name);
  const grants = (wish.roles ?? []).map(parseGrant);
  if (wish.password !== undefined) checkNewPassword(wish.password, wish.name);
  const passwordHash = wish.password === undefined ? null : await hashPassword(wish.password);
  const given = wish.passwordChosen === true ? 'chosen' : 'given';
  return context.db.transaction(async (tx) => {
    const accountId = await insertAccount(tx, {
      name: wish.name,
      displayName: wish.displayName?.trim() || wish.name,
      passwordHash,
      passwordState: passwordHash === null ? 'none' : given,
      createdBy: actor.name,
    });
    if (accountId === null) {
      throw new AppError('conflict', 'auth.account-taken', `There is an account ${wish.name} already.`, {
        next: 'Choose another name, or change the grants of that account.',
      });
    }
    for (const grant of grants) await insertGrant(tx, accountId, grant, actor.name);
    await record(context, tx, actor, 'auth.account-created', wish.name, { grants: grants.map(formatGrant) });
    return getAccount(tx, wish.name);
  });
}

function checkName(name: string): void {
  if (namePattern.test(name) && !reservedNames.has(name.toLowerCase())) return;
  throw new AppError(
    'invalid',
    'auth.account-name-invalid',
    `"${name.slice(0, 70)}" cannot be the name of an account.`,
    {
      next: 'Use 1 to 64 letters, digits and . _ @ + -, beginning with a letter or digit.',
    },
  );
}

/** Throws `auth.account-unknown`. */
export async function getAccount(sql: Tx | AuthContext['db']['sql'], name: string): Promise<Account> {
  const account = await findAccount(sql, name);
  if (account !== null) return account;
  throw new AppError('missing', 'auth.account-unknown', `There is no account "${name.slice(0, 70)}".`, {
    next: 'Look at the list of accounts ("orrery user list") for its spelling.',
  });
}

/** Gives a role; nothing happens when the account holds it already. */
export async function grantRole(
  context: AuthContext,
  actor: Actor,
  name: string,
  role: string,
): Promise<Account> {
  const grant = parseGrant(role);
  return context.db.transaction(async (tx) => {
    const account = await getAccount(tx, name);
    if (await insertGrant(tx, account.accountId, grant, actor.name)) {
      await record(context, tx, actor, 'auth.grant-added', account.name, { grant: formatGrant(grant) });
    }
    return getAccount(tx, name);
  });
}

/** Takes a role away. Throws `auth.grant-unknown`, `auth.last-admin`. */
export async function revokeGrant(
  context: AuthContext,
  actor: Actor,
  name: string,
  role: string,
): Promise<Account> {
  const grant: Grant = parseGrant(role);
  return context.db.transaction(async (tx) => {
    const account = await getAccount(tx, name);
    if (grant.role === 'admin') await keepAnAdmin(tx, account);
    if (!(await deleteGrant(tx, account.accountId, grant))) {
      throw new AppError(
        'missing',
        'auth.grant-unknown',
        `${account.name} does not hold ${formatGrant(grant)}.`,
        {
          next: `It holds: ${account.grants.map(formatGrant).join(', ') || 'nothing'}.`,
        },
      );
    }
    await record(context, tx, actor, 'auth.grant-removed', account.name, { grant: formatGrant(grant) });
    return getAccount(tx, name);
  });
}

/**
 * Closes or opens an account. Closing ends its sessions, and its tokens are refused from then on.
 * Throws `auth.last-admin`.
 */
export async function setDisabled(
  context: AuthContext,
  actor: Actor,
  name: string,
  disabled: boolean,
): Promise<Account> {
  return context.db.transaction(async (tx) => {
    const account = await getAccount(tx, name);
    if (disabled) await keepAnAdmin(tx, account);
    await updateDisabled(tx, account.accountId, disabled);
    if (disabled) await deleteSessions(tx, account.accountId);
    await record(
      context,
      tx,
      actor,
      disabled ? 'auth.account-disabled' : 'auth.account-enabled',
      account.name,
    );
    return getAccount(tx, name);
  });
}

/** Refuses to take the last account away that could give it back. */
async function keepAnAdmin(tx: Tx, account: Account): Promise<void> {
  const admins = await lockAdmins(tx);
  if (!admins.includes(account.accountId) || admins.length > 1) return;
  throw new AppError('conflict', 'auth.last-admin', `${account.name} is the last administrator.`, {
    next: 'Grant admin to another account first.',
  });
}

/**
 * Sets a password for somebody else, which must be changed at the next sign-in, and ends the account's sessions.
 * Returns the password: the given one or a random one. Throws `auth.password-weak`.
 */
export async function resetPassword(
  context: AuthContext,
  actor: Actor,
  name: string,
  password: string = unguessableId(20),
): Promise<string> {
  const account = await getAccount(context.db.sql, name);
  checkNewPassword(password, account.name);
  const passwordHash = await hashPassword(password);
  await context.db.transaction(async (tx) => {
    await updatePassword(tx, account.accountId, passwordHash, 'given');
    await deleteSessions(tx, account.accountId);
    await record(context, tx, actor, 'auth.password-reset', account.name);
  });
  if (account.passwordState === 'first') await rm(firstPasswordFile(context.data), { force: true });
  return password;
}

async function record(
  context: AuthContext,
  tx: Tx,
  actor: Actor,
  action: string,
  name: string,
  details: Record<string, string | string[]> = {},
): Promise<void> {
  const { name: who, ...where } = actor;
  await context.audit.record(tx, {
    actor: who,
    action,
    object: { kind: 'account', id: name },
    details,
    ...where,
  });
}
