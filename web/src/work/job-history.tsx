import type { PandaJob, PandaJobRetryDecisions } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { Empty } from '../shared/blanks.tsx';
import { type Column, DataTable } from '../shared/data-table.tsx';
import { duration, stamp } from '../shared/format.ts';
import { Href } from '../shared/link.tsx';
import { State } from '../shared/state-badge.tsx';
import { Time } from '../shared/time.tsx';
import { ruleHref } from './job-retry.tsx';
import { jobDecisionsQuery } from './retry-queries.ts';

type Change = Omit<PandaJob['history'][number], 'status' | 'node'>;
/** A change of state, or what a retry rule decided in between. */
type Entry = Change & {
  index: number;
  seconds: number | null;
  status: PandaJob['status'] | null;
  node: string | null;
  rule: number | null;
};

const columns: Column<Entry>[] = [
  {
    id: 'at',
    head: 'When',
    narrow: 'keep',
    cell: (entry) => (
      <span className="mono">
        <Time at={entry.at} />
      </span>
    ),
  },
  {
    id: 'status',
    head: 'State',
    narrow: 'keep',
    cell: (entry) =>
      entry.status === null ? (
        <span className="quiet">rule</span>
      ) : (
        <State family="pandaJob" word={entry.status} />
      ),
  },
  { id: 'attempt', head: 'Attempt', num: true, cell: (entry) => entry.attempt },
  {
    id: 'lasted',
    head: 'Lasted',
    num: true,
    narrow: 'keep',
    cell: (entry) => (entry.seconds === null ? '–' : duration(entry.seconds)),
  },
  { id: 'why', head: 'Why', fill: true, full: (entry) => entry.why, cell: (entry) => entry.why },
  {
    id: 'by',
    head: 'By',
    cell: (entry) =>
      entry.rule === null ? (
        <span className="quiet">{entry.by}</span>
      ) : (
        <Href to={ruleHref({ rule: entry.rule })}>{entry.by}</Href>
      ),
  },
  { id: 'queue', head: 'Queue', cell: (entry) => <span className="mono">{entry.queue}</span> },
  {
    id: 'node',
    head: 'Node',
    full: (entry) => entry.node ?? undefined,
    cell: (entry) => entry.node ?? <span className="faint">–</span>,
  },
];

/** Every change of state of all attempts, newest first, with who caused it and why; and what retry rules decided. */
export function History({ job }: { job: PandaJob }) {
  const { data } = useQuery(jobDecisionsQuery(job.id));
  const changes = job.history.map((entry, index): Entry => {
    const next = job.history[index + 1];
    const seconds = next === undefined ? null : (Date.parse(next.at) - Date.parse(entry.at)) / 1000;
    return { ...entry, index, seconds, rule: null };
  });
  const decided = (data?.rows ?? []).map((row, index) => entryOf(row, job, changes.length + index));
  const rows = [...changes, ...decided].toSorted(
    (a, b) => Date.parse(b.at) - Date.parse(a.at) || b.index - a.index,
  );
  return (
    <DataTable
      label="History of the job, newest first"
      columns={columns}
      rows={rows}
      rowKey={(entry) => `${stamp(entry.at)} ${entry.index}`}
      empty={<Empty title="The history of this job is no longer kept" />}
    />
  );
}

function entryOf(row: PandaJobRetryDecisions['rows'][number], job: PandaJob, index: number): Entry {
  return {
    at: row.at,
    attempt: row.attempt,
    queue: job.queue,
    why: row.active ? row.effect : `${row.effect} (only written down)`,
    by: `retry rule ${row.rule}`,
    status: null,
    node: null,
    seconds: null,
    rule: row.rule,
    index,
  };
}

/** Every attribute by its wire name, for those who know them from PanDA. */
export function Attributes({ job }: { job: PandaJob }) {
  const rows = Object.entries(job.attributes).sort(([a], [b]) =>
    a.toLowerCase() < b.toLowerCase() ? -1 : 1,
  );
  return (
    <div className="panel">
      <table className="table no-lines loose">
        <tbody>
          {rows.map(([name, value]) => (
            <tr key={name}>
              <th scope="row" className="mono quiet">
                {name}
              </th>
              <td className="fill wrap-any">{typeof value === 'string' ? value : JSON.stringify(value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
