import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { Sql } from '../db/index.ts';
import { AppError } from '../errors.ts';
import { shortId } from '../ids.ts';
import { type Account, findAccount, findPassword, updatePassword } from './account.store.ts';
import type { Actor, AuthContext } from './context.ts';
import { firstPasswordFile } from './first-password.ts';
import { claimLoginTry, returnLoginTry } from './login-limits.ts';
import { checkNewPassword, hashPassword, verifyPassword } from './password.ts';
import { deleteSession, deleteSessions, insertSession } from './session.store.ts';
import { accountDisabled, hashOf } from './tokens.ts';

export interface SignIn {
  name: string;
  password: string;
  address: string;
  userAgent: string;
  /** True when the request came from this machine and through no proxy. */
  isLocal: boolean;
  requestId?: string;
}

/**
 * Checks name and password and opens a session; returns the value of its cookie, which is stored nowhere.
 * Throws `auth.tries-exceeded`, `auth.password-wrong`, `auth.account-disabled`, `auth.first-password-remote`,
 * `auth.sign-in-busy`.
 */
export async function signIn(context: AuthContext, wish: SignIn): Promise<string> {
  const { sql } = context.db;
  const account = await checkPassword(context, wish);
  if (account.disabledAt !== null) throw accountDisabled(account.name);
  if (account.passwordState === 'first' && !wish.isLocal) {
    throw new AppError(
      'forbidden',
      'auth.first-password-remote',
      'The first password of the administrator works on the machine of the server only.',
      {
        next: 'Sign in there once (http://127.0.0.1:…) and choose your own, or type "orrery user password admin".',
      },
    );
  }
  const cookie = await openSession(sql, account.accountId, wish);
  await context.audit.record(sql, {
    actor: account.name,
    action: 'auth.session-opened',
    object: { kind: 'account', id: account.name },
    address: wish.address,
    ...(wish.requestId === undefined ? {} : { requestId: wish.requestId }),
  });
  return cookie;
}

/** The account whose password this is. The same work is done for a name that does not exist. */
async function checkPassword(
  context: AuthContext,
  { name, password, address }: { name: string; password: string; address: string },
): Promise<Account> {
  const { sql } = context.db;
  await claimLoginTry(sql, { name, address });
  const account = await findAccount(sql, name);
  const hash = account === null ? null : await findPassword(sql, account.accountId);
  const isRight = await verifyPassword(password, hash).catch(async (error: unknown) => {
    await returnLoginTry(sql, { name, address }, false);
    throw error;
  });
  if (account === null || !isRight) {
    throw new AppError('unauthenticated', 'auth.password-wrong', 'The name or the password is wrong.', {
      next: 'Check both; capital letters count in the password.',
    });
  }
  await returnLoginTry(sql, { name, address }, true);
  return account;
}

async function openSession(
  sql: Sql,
  accountId: number,
  from: { address: string; userAgent: string },
): Promise<string> {
  const cookie = randomBytes(32).toString('base64url');
  await insertSession(sql, {
    sessionId: shortId(),
    sessionHash: hashOf(cookie),
    accountId,
    address: from.address,
    userAgent: from.userAgent.slice(0, 200),
  });
  return cookie;
}

export interface PasswordChange {
  /** Name of the account, which has signed in. */
  name: string;
  current: string;
  next: string;
  address: string;
  userAgent: string;
  requestId?: string;
}

/**
 * Changes one's own password: all sessions of the account end, and a new one is opened, whose cookie is returned.
 * Throws `auth.tries-exceeded`, `auth.password-wrong`, `auth.password-weak`, `auth.password-same`.
 */
export async function changePassword(context: AuthContext, wish: PasswordChange): Promise<string> {
  checkNewPassword(wish.next, wish.name);
  const account = await checkPassword(context, { ...wish, password: wish.current });
  if (wish.next === wish.current) {
    throw new AppError('invalid', 'auth.password-same', 'The new password is the old one.', {
      next: 'Choose another one.',
    });
  }
  const hash = await hashPassword(wish.next);
  const cookie = await context.db.transaction(async (tx) => {
    await updatePassword(tx, account.accountId, hash, 'chosen');
    await deleteSessions(tx, account.accountId);
    await context.audit.record(tx, {
      actor: account.name,
      action: 'auth.password-changed',
      object: { kind: 'account', id: account.name },
      address: wish.address,
      ...(wish.requestId === undefined ? {} : { requestId: wish.requestId }),
    });
    return openSession(tx, account.accountId, wish);
  });
  if (account.passwordState === 'first') await rm(firstPasswordFile(context.data), { force: true });
  return cookie;
}

/** Ends one of the account's own sessions. Throws `auth.session-unknown`. */
export async function endSession(
  context: AuthContext,
  actor: Actor,
  accountId: number,
  sessionId: string,
): Promise<void> {
  await context.db.transaction(async (tx) => {
    if (!(await deleteSession(tx, accountId, sessionId))) {
      throw new AppError('missing', 'auth.session-unknown', 'There is no such session.', {
        next: 'It may have ended already; load the list again.',
      });
    }
    const { name, ...where } = actor;
    await context.audit.record(tx, {
      actor: name,
      action: 'auth.session-ended',
      object: { kind: 'session', id: sessionId },
      ...where,
    });
  });
}
