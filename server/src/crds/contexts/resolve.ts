import type { Core } from '../../core/core.ts';
import type { Sql } from '../../core/db/index.ts';
import { type Observatory, observatoryOf } from '../observatory/observatory.ts';
import { reformatDate } from '../rules/dates.ts';
import { type ContextSpec, isMappingName, parseContextSpec } from '../rules/names.ts';
import { buildContextOf } from './build-context.ts';
import { contextUnknown, contextUnset } from './errors.ts';
import { contextAt } from './history.store.ts';

/**
 * The mapping that a name stands for (crds 13.2.7): a mapping's own name; `hst-latest`, `-operational`, `-edit`,
 * `-build`, `-versions`, `latest`, `build`; `hst-2014-11-30T01:02:03`, a date alone: what was latest then; and
 * `hst-acs-…`, `hst-acs-biasfile-…` for the imap or rmap of such a context. Null stands for latest. Files of
 * submissions that nobody has confirmed are unknown.
 *
 * Throws `crds.observatory-unknown`, `crds.context-unknown`, `crds.context-unset`.
 */
export async function resolveContext(core: Core, name: string, spec: string | null): Promise<string> {
  const observatory = await observatoryOf(core, name);
  return await resolveIn(core.db.sql, observatory, spec);
}

/** The same for an observatory that is known. */
export async function resolveIn(sql: Sql, observatory: Observatory, spec: string | null): Promise<string> {
  if (spec === null) return inForce(observatory, 'latest');
  const parsed = parseContextSpec(spec);
  if (parsed === undefined) return await knownMapping(sql, observatory.observatory, spec);
  if (parsed.observatory !== null && parsed.observatory !== observatory.observatory) {
    throw contextUnknown(observatory.observatory, spec);
  }
  const pmap = await contextMeant(sql, observatory, parsed.at, spec);
  return await memberOf(sql, observatory.observatory, pmap, parsed, spec);
}

/** The name of a context by what it is for. Edit is latest until it is set; build the one without a version. */
export function inForce(observatory: Observatory, kind: 'latest' | 'edit' | 'build' | 'versions'): string {
  const { latestContext, editContext, buildContext, versionsContext } = observatory;
  const context = {
    latest: latestContext,
    edit: editContext ?? latestContext,
    build: buildContext ?? latestContext,
    versions: versionsContext,
  }[kind];
  if (context === null) throw contextUnset(observatory.observatory, kind);
  return context;
}

async function knownMapping(sql: Sql, observatory: string, name: string): Promise<string> {
  if (isMappingName(name)) {
    const [file] = await sql`
      select from crds.file where observatory = ${observatory} and name = ${name} and state <> 'uploaded'`;
    if (file !== undefined) return name;
  }
  throw contextUnknown(observatory, name);
}

async function contextMeant(
  sql: Sql,
  observatory: Observatory,
  at: ContextSpec['at'],
  spec: string,
): Promise<string> {
  if (at === 'build') return await buildContextOf(sql, observatory, null);
  if (typeof at === 'string') return inForce(observatory, at);
  const instant = instantOf(at.date);
  if (instant === null) throw contextUnknown(observatory.observatory, spec);
  const context = await contextAt(sql, observatory.observatory, instant);
  if (context === null) throw contextUnknown(observatory.observatory, spec);
  return context;
}

/** A date of the calendar in UTC; null for 2014-02-30. */
function instantOf(date: string): Date | null {
  try {
    const instant = new Date(`${reformatDate(date).replace(' ', 'T').slice(0, 23)}Z`);
    return Number.isNaN(instant.getTime()) ? null : instant;
  } catch {
    return null;
  }
}

/** The imap or rmap of a context that a spec means, or the context itself. */
async function memberOf(
  sql: Sql,
  observatory: string,
  pmap: string,
  { instrument, filekind }: ContextSpec,
  spec: string,
): Promise<string> {
  if (instrument === null) return pmap;
  const [member] = await sql<{ name: string }[]>`
    with imap as (
      select f.name from crds.mapping_use u join crds.file f on f.observatory = u.observatory and f.name = u.used
      where u.observatory = ${observatory} and u.mapping = ${pmap} and f.instrument = ${instrument} and f.filekind is null)
    select name from imap where ${filekind}::text is null
    union all
    select f.name from imap join crds.mapping_use u on u.mapping = imap.name
    join crds.file f on f.observatory = u.observatory and f.name = u.used
    where u.observatory = ${observatory} and f.filekind = ${filekind}
    limit 1`;
  if (member === undefined) throw contextUnknown(observatory, spec);
  return member.name;
}
