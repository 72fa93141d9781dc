import type { Core } from '../../core/core.ts';
import { secretsOf, secretsText } from './secrets.ts';

/**
 * Stands in the stored dictionary of a job that wants the secrets of its owner (`us` in `specialHandling`). They are put
 * in when a pilot gets the job: so they are the newest, and lie nowhere but sealed.
 */
export const secretsMark = 'useSecrets';

/** The dictionary with `secrets` as JSON text (panda-server 1.0.3, acquire_jobs); without them when there are none. */
export async function putSecretsIn(
  core: Core,
  jobId: number,
  document: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown>> {
  const { [secretsMark]: mark, ...rest } = document;
  if (mark === undefined) return rest;
  const [job] = await core.db.sql<{ ownerAccountId: number | null }[]>`
    select owner_account_id from panda.job where job_id = ${jobId}`;
  const owner = job?.ownerAccountId ?? null;
  const secrets = owner === null ? {} : await secretsOf(core.auth.context, owner);
  return Object.keys(secrets).length === 0 ? rest : { ...rest, secrets: secretsText(secrets) };
}
