import type { PandaJob } from '@orrery/contracts';
import { Empty } from '../shared/blanks.tsx';
import { type Column, DataTable } from '../shared/data-table.tsx';
import { duration, stamp } from '../shared/format.ts';
import { State } from '../shared/state-badge.tsx';
import { Time } from '../shared/time.tsx';

type Entry = PandaJob['history'][number] & { index: number; seconds: number | null };

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
    cell: (entry) => <State family="pandaJob" word={entry.status} />,
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
  { id: 'by', head: 'By', cell: (entry) => <span className="quiet">{entry.by}</span> },
  { id: 'queue', head: 'Queue', cell: (entry) => <span className="mono">{entry.queue}</span> },
  {
    id: 'node',
    head: 'Node',
    full: (entry) => entry.node ?? undefined,
    cell: (entry) => entry.node ?? <span className="faint">–</span>,
  },
];

/** Every change of state of all attempts, newest first, with who caused it and why. */
export function History({ job }: { job: PandaJob }) {
  const rows = job.history
    .map((entry, index) => {
      const next = job.history[index + 1];
      const seconds = next === undefined ? null : (Date.parse(next.at) - Date.parse(entry.at)) / 1000;
      return { ...entry, index, seconds };
    })
    .reverse();
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
