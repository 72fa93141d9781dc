import type { Core } from '../../core/core.ts';
import type { Sql } from '../../core/db/index.ts';
import { AppError } from '../../core/errors.ts';
import { observatoryOf } from '../observatory/observatory.ts';
import { contextUnknown } from './errors.ts';
import { resolveIn } from './resolve.ts';

/** What a pipeline elsewhere said last of the context it uses. */
export interface RemoteContext {
  pipeline: string;
  kind: string;
  context: string;
  pushedAt: Date;
}

/** Clients push `latest`, older ones call it `operational` (crds 13.2.7). */
const kinds: ReadonlyMap<string, string> = new Map([
  ['latest', 'latest'],
  ['operational', 'latest'],
]);

/**
 * Keeps what context a pipeline says it uses, and returns its name. Anybody may say it, as clients bring no identity:
 * only contexts that exist are taken, for no more pipelines than the operator allows.
 *
 * Throws `crds.observatory-unknown`, `crds.context-unknown`, `crds.remote-context-refused`.
 */
export async function pushRemoteContext(
  core: Core,
  name: string,
  push: { kind: string; pipeline: string; context: string },
): Promise<string> {
  const observatory = await observatoryOf(core, name);
  const kind = kinds.get(push.kind);
  if (kind === undefined) throw refused(`"${push.kind.slice(0, 40)}" is no kind of context; latest is.`);
  if (!/^[A-Za-z0-9][A-Za-z0-9:._-]{0,127}$/.test(push.pipeline)) {
    throw refused(
      'The key of a pipeline has 1 to 128 letters, digits, dots, dashes, colons and underscores.',
    );
  }
  const context = await resolveIn(core.db.sql, observatory, push.context);
  if (!context.endsWith('.pmap')) throw contextUnknown(name, push.context);
  const most = observatory.settings.contexts.remotePipelines;
  const stored = await core.db.sql`
    insert into crds.remote_context (observatory, pipeline, kind, context)
    select ${name}, ${push.pipeline}, ${kind}, ${context}
    where (select count(*) from crds.remote_context where observatory = ${name} and pipeline <> ${push.pipeline}) < ${most}
    on conflict (observatory, pipeline)
    do update set kind = excluded.kind, context = excluded.context, pushed_at = clock_timestamp()`;
  if (stored.count === 0) throw refused(`No more than ${most} pipelines are kept.`);
  return context;
}

/** What a pipeline said last. Throws `crds.remote-context-unknown`. */
export async function remoteContextOf(core: Core, name: string, pipeline: string): Promise<RemoteContext> {
  await observatoryOf(core, name);
  const [row] = await core.db.sql<RemoteContext[]>`
    select pipeline, kind, context, pushed_at from crds.remote_context
    where observatory = ${name} and pipeline = ${pipeline.replaceAll('\u0000', '')}`;
  if (row !== undefined) return row;
  throw new AppError(
    'missing',
    'crds.remote-context-unknown',
    `No pipeline "${pipeline.slice(0, 128)}" has told ${name} which context it uses.`,
  );
}

/** All pipelines by name. */
export async function remoteContextsOf(core: Core, name: string): Promise<RemoteContext[]> {
  await observatoryOf(core, name);
  return await listRemoteContexts(core.db.sql, name);
}

/** The same from the database. */
export async function listRemoteContexts(sql: Sql, observatory: string): Promise<RemoteContext[]> {
  return await sql<RemoteContext[]>`
    select pipeline, kind, context, pushed_at from crds.remote_context where observatory = ${observatory}
    order by pipeline`;
}

function refused(sentence: string): AppError {
  return new AppError('invalid', 'crds.remote-context-refused', sentence);
}
