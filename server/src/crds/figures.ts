import type { Identity } from '../core/auth/index.ts';
import type { Core } from '../core/core.ts';
import type { Sql } from '../core/db/index.ts';
import type { Event } from '../core/events/index.ts';
import type { FoundObject, ThroughputLine } from '../core/module.ts';
import { type FoundFile, filesNamed } from './catalogue/find-files.store.ts';
import { observatoriesOf } from './observatory/observatory.ts';

/** Files that entered catalogues in this hour, those that wait for the archive, and the hours of the last day. */
export async function fileThroughput(sql: Sql, now: Date): Promise<ThroughputLine[]> {
  const [hours, [waiting]] = await Promise.all([
    sql<{ hoursAgo: number; count: number }[]>`
      select floor(extract(epoch from ${now}::timestamptz - f.added_at) / 3600)::int as hours_ago, count(*) as count
      from crds.observatory o join crds.file f on f.observatory = o.observatory
      where f.added_at > ${now}::timestamptz - interval '24 hours' and f.added_at <= ${now} group by 1`,
    sql<{ waiting: number; failed: number; oldest: Date | null }[]>`
      select count(*) filter (where state <> 'archiving-failed') as waiting,
        count(*) filter (where state = 'archiving-failed') as failed,
        min(state_since) filter (where state <> 'archiving-failed') as oldest
      from crds.file where state in ('submitted', 'delivered', 'archiving', 'archiving-failed')`,
  ]);
  const spark = Array.from({ length: 24 }, () => 0);
  for (const { hoursAgo, count } of hours) if (hoursAgo >= 0 && hoursAgo < 24) spark[23 - hoursAgo] = count;
  const oldest = waiting?.oldest ?? null;
  return [
    {
      label: 'Reference files',
      done: spark[23] ?? 0,
      failed: waiting?.failed ?? 0,
      waiting: waiting?.waiting ?? 0,
      oldestWaitingSeconds: oldest === null ? null : (now.getTime() - oldest.getTime()) / 1000,
      spark,
    },
  ];
}

/** Observatories, contexts and files by the beginning of their names, then by a part of them. */
export async function findObjects(
  core: Core,
  query: string,
  limit: number,
  identity: Identity,
): Promise<FoundObject[]> {
  const wanted = query.trim().toLowerCase();
  if (!/^[a-z0-9._ -]{2,128}$/.test(wanted) || !identity.may('crds.read')) return [];
  const observatories = await observatoriesOf(core);
  const found = observatories
    .filter(
      ({ observatory, title }) => observatory.startsWith(wanted) || title.toLowerCase().includes(wanted),
    )
    .map(({ observatory, title, latestContext }) => ({
      kind: 'Observatory',
      id: observatory,
      title: title || observatory,
      href: `/ui/calibration/${observatory}`,
      note: latestContext ?? 'no latest context',
    }));
  const names = observatories.map(({ observatory }) => observatory);
  const files = await filesNamed(core.db.sql, names, wanted, limit);
  return [...found, ...files.map(foundFile)].slice(0, limit);
}

function foundFile({ observatory, name, kind, state }: FoundFile): FoundObject {
  const isContext = name.endsWith('.pmap');
  return {
    kind: isContext ? 'Context' : kind === 'mapping' ? 'Mapping' : 'Reference file',
    id: `${observatory}/${name}`,
    title: name,
    href: `/ui/calibration/${observatory}/${isContext ? 'contexts' : 'files'}/${encodeURIComponent(name)}`,
    note: `${observatory}, ${state}`,
  };
}

/** What everybody may follow who may read; submissions are told to nobody but operators. */
const readersTopics: ReadonlySet<string> = new Set(['crds.context', 'crds.bad-files', 'crds.affected']);

export function mayFollowCalibration(identity: Identity, { topic }: Pick<Event, 'topic'>): boolean {
  return readersTopics.has(topic) && identity.may('crds.read');
}
