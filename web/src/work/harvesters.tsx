import type { PandaHarvesterRow } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { Empty, ErrorPanel } from '../shared/blanks.tsx';
import type { Column } from '../shared/data-table.tsx';
import { count, duration, plural } from '../shared/format.ts';
import { Glyph } from '../shared/glyphs.tsx';
import { LocalTable } from '../shared/local-table.tsx';
import { useSlowNow } from '../shared/now.ts';
import { usePlace } from '../shared/page.ts';
import { harvestersQuery } from './harvester-queries.ts';

const dot = <span className="faint">·</span>;
const secondsSince = (at: string, now: number) => Math.max(0, (now - Date.parse(at)) / 1000);

/** Whether it lives, in a glyph and a word. */
export function Pulse({ row, now }: { row: PandaHarvesterRow; now: number }) {
  if (row.lastSeenAt === null) return <span className="faint">never came</span>;
  const age = `${duration(secondsSince(row.lastSeenAt, now))} ago`;
  return row.overdue ? (
    <span className="state strong tone-bad">
      <Glyph face="bad" size={12} /> silent, {age}
    </span>
  ) : (
    <span className="state">
      <Glyph face={row.deadline === null ? 'idle' : 'active'} size={12} /> {age}
    </span>
  );
}

function numbers(id: 'newCommands' | 'problems', head: string, tab: string): Column<PandaHarvesterRow> {
  return {
    id,
    head,
    num: true,
    sortBy: (row) => row[id],
    cell: (row) =>
      row[id] === 0 ? (
        dot
      ) : (
        <Link
          to="/work/harvesters/$harvester"
          params={{ harvester: row.id }}
          search={{ tab }}
          className="plain"
        >
          {count(row[id])}
        </Link>
      ),
  };
}

function workers(status: string, head: string): Column<PandaHarvesterRow> {
  return {
    id: status,
    head,
    num: true,
    sortBy: (row) => row.workers[status] ?? 0,
    cell: (row) => {
      const n = row.workers[status] ?? 0;
      if (n === 0) return dot;
      return (
        <Link to="/work/workers" search={{ q: `harvester:${row.id} status:${status}` }} className="plain">
          {count(n)}
        </Link>
      );
    },
  };
}

/** Services that submit workers to batch systems: do they live, what have they, what do they say. */
export function Harvesters() {
  usePlace([{ label: 'Work', to: '/work' }, { label: 'Harvesters' }]);
  const { sort, from } = useSearch({ strict: false }) as { sort?: string; from?: string };
  const navigate = useNavigate();
  const now = useSlowNow();
  const { data, error, refetch } = useQuery(harvestersQuery);
  const columns = useMemo(
    (): Column<PandaHarvesterRow>[] => [
      {
        id: 'seen',
        head: 'Heartbeat',
        narrow: 'keep',
        sortBy: (row) => row.lastSeenAt ?? '',
        cell: (row) => <Pulse row={row} now={now} />,
      },
      {
        id: 'id',
        head: 'Harvester',
        narrow: 'keep',
        sortBy: (row) => row.id,
        cell: (row) => (
          <Link to="/work/harvesters/$harvester" params={{ harvester: row.id }} className="mono">
            {row.id}
          </Link>
        ),
      },
      { id: 'version', head: 'Version', cell: (row) => row.version ?? '–' },
      {
        id: 'host',
        head: 'From',
        fill: true,
        full: (row) => [row.owner, row.host].filter((each) => each !== null).join(', '),
        cell: (row) => row.host ?? '–',
      },
      {
        id: 'queues',
        head: 'Queues',
        num: true,
        sortBy: (row) => row.queues.length,
        full: (row) => row.queues.join(', '),
        cell: (row) => (row.queues.length === 0 ? dot : count(row.queues.length)),
      },
      workers('submitted', 'Submitted'),
      workers('ready', 'Ready'),
      workers('running', 'Running'),
      numbers('newCommands', 'Orders waiting', 'orders'),
      numbers('problems', 'Warnings, 24 h', 'messages'),
    ],
    [now],
  );
  const silent = data?.rows.filter(({ overdue }) => overdue).length ?? 0;
  return (
    <>
      <h1>
        Harvesters{' '}
        {data !== undefined && (
          <span className="rest">
            {silent === 0
              ? 'submit workers to batch systems'
              : `${silent === 1 ? 'one is' : `${silent} are`} silent`}
          </span>
        )}
      </h1>
      {error !== null && data === undefined ? (
        <ErrorPanel what="The Harvesters could not be read" error={error} retry={() => void refetch()} />
      ) : (
        <LocalTable
          label={`Harvesters, ${plural(data?.rows.length ?? 0, 'service')}`}
          columns={columns}
          rows={data?.rows}
          rowKey={(row) => row.id}
          tookMs={data?.tookMs ?? 0}
          sort={sort}
          from={Number(from ?? 0) || 0}
          order="by name"
          onPlace={(place) => void navigate({ to: '.', search: place })}
          onOpen={(row, inTab) => {
            const to = `/work/harvesters/${encodeURIComponent(row.id)}`;
            if (inTab) window.open(`/ui${to}`, '_blank', 'noopener');
            else void navigate({ to });
          }}
          empty={
            <Empty title="No Harvester is known">
              One is known from its first heartbeat; it needs a token with the role panda.pilot.
            </Empty>
          }
        />
      )}
    </>
  );
}
