import { createAudit } from '../../server/src/core/audit/index.ts';
import {
  type Actor,
  type AuthContext,
  authPermissions,
  createAccount,
  createAuth,
  createAuthContext,
  createPermissions,
  createToken,
} from '../../server/src/core/auth/index.ts';
import type { Core } from '../../server/src/core/core.ts';
import type { Db } from '../../server/src/core/db/index.ts';
import { temporaryFolder } from './temporary-folder.ts';

export const tester: Actor = { name: 'tester' };

/** An `AuthContext` with a data folder of its own, removed after the tests of the file. */
export async function testAuthContext(db: Db, more: { publicUrl?: string } = {}): Promise<AuthContext> {
  const data = await temporaryFolder('auth');
  const config = { data, http: { host: '127.0.0.1', port: 8080 }, ...more };
  return createAuthContext({ db, audit: createAudit(), config });
}

/** An `Auth` as one process of the server has it, with the permissions of identity alone. */
export function testAuth(context: AuthContext, publicUrl?: string) {
  return createAuth({ context, permissions: createPermissions([authPermissions]), publicUrl });
}

/** A new account with these roles, and the headers of requests in its name. */
export async function signUp({ auth }: Pick<Core, 'auth'>, name: string, ...roles: string[]) {
  const { accountId } = await createAccount(auth.context, tester, { name, roles });
  const token = await createToken(auth.context, tester, { user: name, expires: '1h' });
  return { accountId, headers: { authorization: `Bearer ${token}` } };
}
