import type { PandaWorkerFilter, PandaWorkerRow } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { Empty } from '../shared/blanks.tsx';
import type { Column } from '../shared/data-table.tsx';
import { type FilterTerm, readTerms, writeTerms } from '../shared/filter-terms.ts';
import { count, duration } from '../shared/format.ts';
import { type KeysetPlace, KeysetTable } from '../shared/keyset-table.tsx';
import { useSlowNow } from '../shared/now.ts';
import { usePlace } from '../shared/page.ts';
import { State } from '../shared/state-badge.tsx';
import { TermFilter } from '../shared/term-filter.tsx';
import { Time } from '../shared/time.tsx';
import { queuesQuery, workersQuery } from './queries.ts';

const fields = ['queue', 'harvester', 'status', 'node'] as const;
const states = ['submitted', 'ready', 'running', 'idle', 'finished', 'failed', 'cancelled', 'missed'];
const plain = 'queue';

const textOf = (terms: readonly FilterTerm[]): string => writeTerms(terms, plain);

/** The filter that a text query means; a word without a field is a queue. */
export function workerFilter(q: string): PandaWorkerFilter {
  const filter: PandaWorkerFilter = {};
  const wanted: string[] = [];
  const excluded: string[] = [];
  for (const { field, value, not } of readTerms(q, plain)) {
    if (field === 'status') (not ? excluded : wanted).push(value);
    else if (not) continue;
    else if (field === 'queue' || field === 'harvester' || field === 'node') filter[field] = value;
  }
  const base = wanted.length > 0 ? wanted : states;
  if (wanted.length + excluded.length > 0)
    filter.status = base.filter((status) => !excluded.includes(status));
  return filter;
}

function problemsOf(q: string): string[] {
  return readTerms(q, plain).flatMap(({ field, value, not }) => {
    if (!(fields as readonly string[]).includes(field))
      return [`There is no field ${field}; ${fields.join(', ')} are known.`];
    if (not && field !== 'status') return [`Only states can be left out, not ${field}.`];
    return field === 'status' && !states.includes(value) ? [`${value} is no state of a worker.`] : [];
  });
}

const keyOf = (row: PandaWorkerRow): string => `${row.harvester}/${row.worker}`;

function useColumns(): Column<PandaWorkerRow>[] {
  const now = useSlowNow();
  return useMemo(
    () => [
      {
        id: 'status',
        head: 'State',
        narrow: 'keep',
        cell: (row) => <State family="worker" word={row.status} />,
      },
      {
        id: 'worker',
        head: 'Worker',
        narrow: 'keep',
        cell: (row) => (
          <Link
            to="/work/workers/$harvester/$id"
            params={{ harvester: row.harvester, id: String(row.worker) }}
            className="mono"
          >
            {row.worker}
          </Link>
        ),
      },
      {
        id: 'harvester',
        head: 'Of',
        cell: (row) => (
          <Link to="/work/harvesters/$harvester" params={{ harvester: row.harvester }} className="plain">
            {row.harvester}
          </Link>
        ),
      },
      {
        id: 'queue',
        head: 'Queue',
        cell: (row) => (
          <Link to="/work/queues/$name" params={{ name: row.queue }} className="plain mono">
            {row.queue}
          </Link>
        ),
      },
      {
        id: 'batch',
        head: 'Batch job',
        cell: (row) => (row.batchId === null ? '–' : <span className="mono">{row.batchId}</span>),
      },
      {
        id: 'node',
        head: 'Where',
        fill: true,
        full: (row) => [row.node, row.computingElement].filter((each) => each !== null).join(', '),
        cell: (row) => row.node ?? row.computingElement ?? <span className="faint">–</span>,
      },
      { id: 'pilot', head: 'Its pilot', cell: (row) => row.pilotStatus ?? 'said nothing' },
      { id: 'type', head: 'Type', cell: (row) => row.resourceType ?? '–' },
      { id: 'jobs', head: 'Jobs', num: true, cell: (row) => count(row.jobs) },
      { id: 'waited', head: 'Waited', num: true, cell: (row) => waited(row, now) },
      { id: 'ran', head: 'Ran', num: true, narrow: 'keep', cell: (row) => ran(row, now) },
      {
        id: 'changed',
        head: 'Changed',
        num: true,
        sorted: 'descending',
        cell: (row) => (
          <span className="mono">
            <Time at={row.modifiedAt} />
          </span>
        ),
      },
    ],
    [now],
  );
}

const between = (from: string, until: number): string =>
  duration(Math.max(0, (until - Date.parse(from)) / 1000));

function waited({ submittedAt, startedAt, endedAt }: PandaWorkerRow, now: number): string {
  if (submittedAt === null) return '–';
  const until = startedAt ?? endedAt;
  return between(submittedAt, until === null ? now : Date.parse(until));
}

function ran({ startedAt, endedAt }: PandaWorkerRow, now: number): string {
  if (startedAt === null) return '–';
  return between(startedAt, endedAt === null ? now : Date.parse(endedAt));
}

/** Batch jobs that run pilots, as Harvester and our own factory tell of them; last changed first. */
export function Workers() {
  usePlace([{ label: 'Work', to: '/work' }, { label: 'Workers' }]);
  const { q = '', cursor } = useSearch({ strict: false }) as { q?: string; cursor?: string };
  const navigate = useNavigate();
  const { data: queues } = useQuery({ ...queuesQuery, refetchInterval: false });
  const filter = useMemo(() => workerFilter(q), [q]);
  const columns = useColumns();
  const place: KeysetPlace = cursor === undefined ? {} : { cursor };
  const search = (text: string) =>
    void navigate({ to: '.', search: { q: text === '' ? undefined : text }, replace: true });
  return (
    <>
      <div className="page-head">
        <h1>
          Workers <span className="rest">batch jobs that run pilots</span>
        </h1>
        <div className="acts">
          <Link to="/work/harvesters" className="button">
            Harvesters
          </Link>
          <Link to="/work/nodes/bad" className="button">
            Nodes that fail
          </Link>
        </div>
      </div>
      <TermFilter
        q={q}
        terms={readTerms(q, plain)}
        textOf={textOf}
        problems={problemsOf(q)}
        placeholder="status:failed queue:LOCAL"
        fields={fields}
        valuesOf={(field) => {
          if (field === 'status') return states;
          return field === 'queue' ? (queues?.rows.map(({ queue }) => queue) ?? []) : [];
        }}
        onChange={search}
      />
      <KeysetTable
        label="Workers, last changed first"
        failure="The workers could not be read"
        query={workersQuery(filter, place)}
        place={place}
        live={{
          // Workers have no events; the page is read anew when one comes back to it.
          topic: 'panda.worker',
          keyOf,
          arrival: () => 'neither',
          after: (row) => row,
          reread: () => Promise.resolve(undefined),
        }}
        columns={columns}
        pageOf={(row) => `/work/workers/${encodeURIComponent(row.harvester)}/${row.worker}`}
        order="last changed first"
        onJump={null}
        onOpen={(to) => void navigate({ to })}
        onMove={(to) =>
          void navigate({ to: '.', search: { q: q === '' ? undefined : q, cursor: to.cursor } })
        }
        empty={
          q === '' ? (
            <Empty title="No worker has been told of">
              Harvester tells of the batch jobs it submits, our own factory of the pilots it starts. Pilots
              that were started by hand have none.
            </Empty>
          ) : (
            <Empty
              title="No worker matches"
              act={
                <button type="button" className="button small" onClick={() => search('')}>
                  Show all workers
                </button>
              }
            >
              The filter is <span className="mono">{q}</span>.
            </Empty>
          )
        }
      />
    </>
  );
}
