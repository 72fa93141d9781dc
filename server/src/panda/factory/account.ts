import {
  createAccount,
  findAccount,
  type IssuedToken,
  issueToken,
  revokeToken,
} from '../../core/auth/index.ts';
import type { Core } from '../../core/core.ts';
import { AppError } from '../../core/errors.ts';
import type { Queue } from '../queues/queues.store.ts';

/** The account for which pilots of this server act. Closing it stops them all. */
export const factoryAccount = 'pilot-factory';

const actor = { name: 'orrery' };

/** Makes the account of the pilots, once. */
export async function seedFactoryAccount({ auth, db }: Core): Promise<void> {
  if ((await findAccount(db.sql, factoryAccount)) !== null) return;
  try {
    await createAccount(auth.context, actor, {
      name: factoryAccount,
      displayName: 'Pilots of this server',
      roles: ['panda.pilot'],
    });
  } catch (error) {
    // Another process starts at the same moment.
    if (!(error instanceof AppError && error.code === 'auth.account-taken')) throw error;
  }
}

/** A token for one pilot, for as long as it may live. Throws what `issueToken` throws. */
export function issuePilotToken({ auth }: Core, queue: Queue, forSeconds: number): Promise<IssuedToken> {
  return issueToken(auth.context, actor, {
    user: factoryAccount,
    roles: [queue.vo === null ? 'panda.pilot' : `panda.pilot:${queue.vo}`],
    expires: `${Math.ceil(forSeconds / 3600) + 1}h`,
    label: `a pilot of queue ${queue.queue}`,
    ...(queue.vo === null ? {} : { vo: queue.vo }),
  });
}

/** Ends the token of a pilot; one that is not there is no error. */
export async function revokePilotToken({ auth }: Core, tokenId: string): Promise<void> {
  try {
    await revokeToken(auth.context, actor, tokenId);
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'auth.token-missing')) throw error;
  }
}
