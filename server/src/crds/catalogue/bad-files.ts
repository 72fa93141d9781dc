import type { Actor } from '../../core/auth/index.ts';
import type { Sql, Tx } from '../../core/db/index.ts';
import { AppError } from '../../core/errors.ts';
import { fileUnknown } from '../errors.ts';
import { lockObservatory } from '../observatory/lock-observatory.ts';
import { forgetObservatories, type OperateContext } from '../observatory/observatory.ts';
import { markBlacklisted } from './blacklist.store.ts';
import { closureQuery } from './closure.store.ts';
import type { FileKind } from './file.ts';
import { isFileName } from './file-name.ts';

export interface BadFile {
  name: string;
  kind: FileKind;
  /** Marked bad itself; false: a mapping that uses a bad one. */
  rejected: boolean;
  reason: string;
  state: string;
}

/** Everything that is bad, by name. */
export async function badFilesOf(sql: Sql, observatory: string): Promise<BadFile[]> {
  return await sql<BadFile[]>`
    select name, kind, rejected, bad_reason as reason, state from crds.file
    where observatory = ${observatory} and (rejected or blacklisted) order by name`;
}

export interface BadMark {
  observatory: string;
  names: readonly string[];
  /** Why, for those who find the file bad. */
  reason: string;
  /** Also when the latest context uses them: then clients that recommend them report errors from now on. */
  force?: boolean;
}

export interface BadMarked {
  /** Files whose mark or reason is new. */
  changed: string[];
  /** Mappings that became or ceased to be bad by what they use. */
  blacklisted: number;
}

/**
 * Marks files bad, with everything that follows for mappings that use them. Refused while the latest context leads to
 * one of them, unless forced: make a context without them and set it latest before.
 *
 * Throws `crds.file-in-use`, `crds.file-unknown`, `crds.bad-reason-invalid`, `crds.observatory-unknown`; then nothing
 * is marked.
 */
export async function markBad(core: OperateContext, mark: BadMark, actor: Actor): Promise<BadMarked> {
  const { observatory, names, reason, force = false } = mark;
  if (reason.trim() === '' || reason.length > 1000 || /[\p{Cc}\p{Cs}]/u.test(reason)) throw reasonInvalid();
  return await change(core, true, mark, actor, async (tx, latest) => {
    if (!force && latest !== null) await checkUnused(tx, observatory, names, latest);
    return await tx<{ name: string }[]>`
      update crds.file set rejected = true, bad_reason = ${reason}
      where observatory = ${observatory} and name = any(${names as string[]}::text[])
        and (not rejected or bad_reason <> ${reason})
      returning name`;
  });
}

/** Takes the marks back. Throws `crds.file-unknown`, `crds.observatory-unknown`. */
export async function unmarkBad(
  core: OperateContext,
  mark: Pick<BadMark, 'observatory' | 'names' | 'reason'>,
  actor: Actor,
): Promise<BadMarked> {
  const { observatory, names } = mark;
  return await change(
    core,
    false,
    mark,
    actor,
    (tx) => tx<{ name: string }[]>`
      update crds.file set rejected = false, bad_reason = ''
      where observatory = ${observatory} and name = any(${names as string[]}::text[]) and rejected
      returning name`,
  );
}

async function change(
  core: OperateContext,
  bad: boolean,
  { observatory, names, reason, force = false }: BadMark,
  actor: Actor,
  update: (tx: Tx, latest: string | null) => PromiseLike<ReadonlyArray<{ name: string }>>,
): Promise<BadMarked> {
  const result = await core.db.transaction(async (tx) => {
    const { latestContext } = await lockObservatory(tx, observatory);
    await checkKnown(tx, observatory, names);
    const changed = (await update(tx, latestContext)).map(({ name }) => name).sort();
    if (changed.length === 0) return { changed, blacklisted: 0 };
    const blacklisted = await markBlacklisted(tx, observatory);
    const told = { bad, names: changed, reason, blacklisted };
    await tx`
      select core.publish_event('crds.bad-files', ${observatory}, ${JSON.stringify(told)}::text::jsonb)`;
    const { name, ...where } = actor;
    await core.audit.record(tx, {
      actor: name,
      action: bad ? 'crds.file-rejected' : 'crds.file-accepted',
      object: { kind: 'crds.observatory', id: observatory },
      details: { files: changed, reason, blacklisted, force },
      ...where,
    });
    return { changed, blacklisted };
  });
  forgetObservatories(core);
  core.events?.committed();
  return result;
}

async function checkKnown(tx: Tx, observatory: string, names: readonly string[]): Promise<void> {
  const strange = names.find((name) => !isFileName(name));
  if (strange !== undefined) throw fileUnknown(observatory, strange);
  const [unknown] = await tx<{ name: string }[]>`
    select n.name from unnest(${names as string[]}::text[]) n(name)
    where not exists (select from crds.file f where f.observatory = ${observatory} and f.name = n.name)
    limit 1`;
  if (unknown !== undefined) throw fileUnknown(observatory, unknown.name);
}

async function checkUnused(
  tx: Tx,
  observatory: string,
  names: readonly string[],
  latest: string,
): Promise<void> {
  const used = await tx<{ name: string }[]>`
    with recursive ${closureQuery(tx, observatory, latest)}
    select name from reached where name = any(${names as string[]}::text[]) order by name`;
  if (used.length === 0) return;
  const first = used.slice(0, 5).map(({ name }) => name);
  const more = used.length > first.length ? ` and ${used.length - first.length} more` : '';
  throw new AppError(
    'conflict',
    'crds.file-in-use',
    `The latest context ${latest} leads to ${first.join(', ')}${more}.`,
    {
      next: 'Make a context without these files and set it latest, then mark them; or force it.',
      details: { files: first },
    },
  );
}

function reasonInvalid(): AppError {
  return new AppError(
    'invalid',
    'crds.bad-reason-invalid',
    'A file is marked bad with a reason: one line of at most 1000 characters.',
  );
}
