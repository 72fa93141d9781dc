import type { Actor, AuthContext } from '../../core/auth/index.ts';
import { settingsOf } from '../../core/config/index.ts';
import type { Core } from '../../core/core.ts';
import type { Sql } from '../../core/db/index.ts';
import { AppError } from '../../core/errors.ts';
import { perCore } from '../per-core.ts';
import { pandaSettings } from '../settings.ts';
import { dropSecrets, putSecret, secretsOf, secretsText } from './secrets.ts';

/** The pseudo-user that has the secrets for pilots; accounts are numbered from 1. */
const pilots = 0;

/** A job in debug mode is heard of each minute, thousands may come together. */
const keptMs = 1000;

/** A secret as operators see it: never its value. */
export interface PilotSecret {
  key: string;
  modifiedAt: Date;
}

/** Stores a secret for pilots. Throws `panda.pilot-secret-refused`. */
export async function setPilotSecret(
  context: AuthContext,
  actor: Actor,
  key: string,
  value: string,
): Promise<void> {
  await context.db.transaction(async (tx) => {
    const problem = await putSecret(context, pilots, key, value, tx);
    if (problem !== null) {
      throw new AppError('invalid', 'panda.pilot-secret-refused', `The secret is not stored: ${problem}.`, {
        next: 'Give a key of 1 to 300 characters, and a value of at most 1,500,000.',
      });
    }
    await note(context, tx, actor, 'panda.pilot-secret-set', key);
  });
}

/** Takes a secret of pilots away. Throws `panda.pilot-secret-unknown`. */
export async function removePilotSecret(context: AuthContext, actor: Actor, key: string): Promise<void> {
  await context.db.transaction(async (tx) => {
    if ((await dropSecrets(tx, pilots, key)) === 0) {
      throw new AppError('missing', 'panda.pilot-secret-unknown', 'There is no secret of this key.', {
        next: 'orrery panda secret list shows the keys.',
      });
    }
    await note(context, tx, actor, 'panda.pilot-secret-removed', key);
  });
}

/** The keys of all secrets for pilots. */
export function listPilotSecrets(sql: Sql): Promise<PilotSecret[]> {
  return sql<PilotSecret[]>`
    select key, modified_at from panda.secret where account_id = ${pilots} order by key`;
}

/** The trail has the key alone. */
async function note(
  { audit }: AuthContext,
  tx: Sql,
  { name: by, ...where }: Actor,
  action: string,
  key: string,
): Promise<void> {
  await audit.record(tx, { actor: by, action, object: { kind: 'panda.pilot-secret', id: key }, ...where });
}

const kept = perCore(() => ({ text: null as Promise<string | null> | null, atMs: 0 }));

/**
 * `pilotSecrets` for the pilot of a job in debug mode, as JSON text, at most a second old; nothing when there are none
 * or they are not to be given. Never to be logged.
 */
export async function debugSecrets(core: Core): Promise<{ pilotSecrets?: string }> {
  if (!settingsOf(core.config, 'panda', pandaSettings).creds.givePilotSecrets) return {};
  const known = kept(core);
  if (known.text === null || performance.now() - known.atMs > keptMs) {
    known.text = readText(core);
    known.atMs = performance.now();
  }
  const text = await known.text;
  return text === null ? {} : { pilotSecrets: text };
}

/** A pilot does without them rather than without its job or its answer. */
async function readText(core: Core): Promise<string | null> {
  try {
    const secrets = await secretsOf(core.auth.context, pilots);
    return Object.keys(secrets).length === 0 ? null : secretsText(secrets);
  } catch (error) {
    core.log.warn({ err: error }, 'pilots get no secrets for a moment');
    return null;
  }
}
