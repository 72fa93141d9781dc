import type { Tx } from '../../core/db/index.ts';
import type { AdderPlugin, JobToAdd } from '../adder/plugin.ts';

interface Registered {
  dataset: string;
  type: string;
  taskId: number | null;
  lfn: string;
  scope: string | null;
  guid: string | null;
  sizeBytes: number | null;
  checksum: string | null;
  endpoint: string | null;
  surl: string | null;
  nEvents: number | null;
  jobId: number;
}

/** The built-in plugin: outputs and logs are listed in our own datasets, with the endpoint that has them. */
export const catalogueAdder: AdderPlugin = { name: 'catalogue', store: registerOutputs };

/** Registers what has been stored. The same again changes nothing; a newer file of the same name replaces the older. */
async function registerOutputs(tx: Tx, jobs: readonly JobToAdd[]): Promise<void> {
  const rows = JSON.stringify(lastOfEach(jobs.flatMap(outputsOf)));
  if (rows === '[]') return;
  // In the order of their names, so that two processes that add to the same datasets wait, but not for each other.
  await tx`
    insert into panda.dataset (scope, name, kind, type, state, task_id)
    select coalesce(min(scope), ''), dataset, 'dataset', min(type), 'open', min("taskId")
    from jsonb_to_recordset(${rows}::text::jsonb) as r (scope text, dataset text, type text, "taskId" bigint)
    group by dataset order by dataset on conflict (name) do nothing`;
  await tx`
    select from panda.dataset where name in (
      select dataset from jsonb_to_recordset(${rows}::text::jsonb) as r (dataset text))
    order by name for update`;
  await tx`
    with given as (
      select d.dataset_id, d.name, r.* from jsonb_to_recordset(${rows}::text::jsonb) as r (dataset text, lfn text,
        scope text, guid text, "sizeBytes" bigint, checksum text, endpoint text, surl text, "nEvents" bigint, "jobId" bigint)
      join panda.dataset d on d.name = r.dataset),
    before as (
      select g.dataset_id, g.lfn, f.size_bytes from given g join panda.dataset_file f using (dataset_id, lfn)),
    written as (
      insert into panda.dataset_file (dataset_id, lfn, scope, guid, size_bytes, checksum, endpoint, surl, n_events, job_id)
      select dataset_id, lfn, scope, guid, "sizeBytes", checksum, endpoint, surl, "nEvents", "jobId"
      from given order by name, lfn
      on conflict (dataset_id, lfn) do update set scope = excluded.scope, guid = excluded.guid,
        size_bytes = excluded.size_bytes, checksum = excluded.checksum, endpoint = excluded.endpoint,
        surl = excluded.surl, n_events = excluded.n_events, job_id = excluded.job_id),
    grown as (
      select g.dataset_id, count(*) filter (where b.lfn is null) as files,
        sum(coalesce(g."sizeBytes", 0) - coalesce(b.size_bytes, 0)) as bytes
      from given g left join before b using (dataset_id, lfn) group by g.dataset_id)
    update panda.dataset d set n_files = d.n_files + g.files, size_bytes = d.size_bytes + g.bytes,
      modified_at = clock_timestamp(), state = case when d.state = 'closed' then 'open' else d.state end
    from grown g where d.dataset_id = g.dataset_id`;
}

/** Files that are stored in a place of ours; `local` ones stay at their site. */
function outputsOf({ job, files }: JobToAdd): Registered[] {
  return files.flatMap((file) => {
    if ((file.type !== 'output' && file.type !== 'log') || file.status !== 'ready') return [];
    const name = datasetName(file.dataset);
    if (name === null || file.attributes.destinationSE === 'local' || file.endpoint === 'local') return [];
    const { type, lfn, scope, guid, sizeBytes, checksum, endpoint, surl, nEvents } = file;
    const { taskId, jobId } = job;
    return [
      { dataset: name, type, taskId, lfn, scope, guid, sizeBytes, checksum, endpoint, surl, nEvents, jobId },
    ];
  });
}

/** Names of collections are written with a slash behind them by old clients, and mean the same without. */
function datasetName(name: string | null): string | null {
  const bare = name?.replace(/\/+$/, '') ?? '';
  return bare === '' || bare === 'NULL' ? null : bare;
}

/** Two jobs of one transaction may have made the same name. */
function lastOfEach(rows: readonly Registered[]): Registered[] {
  return [...new Map(rows.map((row) => [`${row.dataset}\n${row.lfn}`, row])).values()];
}
