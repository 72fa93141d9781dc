import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import { createAudit } from '../../server/src/core/audit/index.ts';
import {
  type Actor,
  type AuthContext,
  authPermissions,
  createAuth,
  createAuthContext,
  createPermissions,
} from '../../server/src/core/auth/index.ts';
import type { Db } from '../../server/src/core/db/index.ts';

export const tester: Actor = { name: 'tester' };

/** An `AuthContext` with a data folder of its own, removed after the tests of the file. */
export async function testAuthContext(db: Db, more: { publicUrl?: string } = {}): Promise<AuthContext> {
  const data = await mkdtemp(path.join(tmpdir(), 'orrery-auth-'));
  afterAll(() => rm(data, { recursive: true, force: true }));
  const config = { data, http: { host: '127.0.0.1', port: 8080 }, ...more };
  return createAuthContext({ db, audit: createAudit(), config });
}

/** An `Auth` as one process of the server has it, with the permissions of identity alone. */
export function testAuth(context: AuthContext, publicUrl?: string) {
  return createAuth({ context, permissions: createPermissions([authPermissions]), publicUrl });
}
