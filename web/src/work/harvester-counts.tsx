import type { PandaHarvester, PandaTargetSlots, PandaWorkerCount } from '@orrery/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { call } from '../shared/api.ts';
import { Empty } from '../shared/blanks.tsx';
import { ActButton } from '../shared/confirm-act.tsx';
import { type Column, DataTable } from '../shared/data-table.tsx';
import { count } from '../shared/format.ts';
import { useSlowNow } from '../shared/now.ts';
import { State } from '../shared/state-badge.tsx';
import { Ago, Deadline, Time } from '../shared/time.tsx';
import { queuePath } from './queries.ts';

const countColumns = (id: string): Column<PandaWorkerCount>[] => [
  {
    id: 'queue',
    head: 'Queue',
    narrow: 'keep',
    fill: true,
    full: ({ queue }) => queue,
    cell: ({ queue }) => (
      <Link to="/work/queues/$name" params={{ name: queue }} className="plain mono">
        {queue}
      </Link>
    ),
  },
  {
    id: 'status',
    head: 'State',
    narrow: 'keep',
    cell: ({ status }) => <State family="worker" word={status} />,
  },
  {
    id: 'counted',
    head: 'Counted',
    num: true,
    cell: ({ reported }) => (reported === null ? '–' : count(reported)),
  },
  {
    id: 'told',
    head: 'Told of',
    num: true,
    narrow: 'keep',
    cell: ({ queue, status, reported, seen }) => (
      <Link
        to="/work/workers"
        search={{ q: `harvester:${id} queue:${queue} status:${status}` }}
        className={`plain ${reported !== null && reported !== seen ? 'strong' : ''}`}
      >
        {count(seen)}
      </Link>
    ),
  },
  {
    id: 'at',
    head: 'Reported',
    num: true,
    cell: ({ reportedAt }) => (reportedAt === null ? '–' : <Ago at={reportedAt} />),
  },
];

/** Workers as the Harvester counts them, beside those it told of one by one. */
export function HarvesterCounts({ harvester }: { harvester: PandaHarvester }) {
  return (
    <DataTable
      label="Workers by queue and state"
      columns={countColumns(harvester.id)}
      rows={harvester.counts}
      rowKey={({ queue, status }) => `${queue} ${status}`}
      top={
        <div className="panel-head">
          <h2>Workers</h2>
          <span className="small quiet">as it counts them, and as this server was told of each</span>
        </div>
      }
      empty={
        <Empty title="It has no worker">
          It has reported no numbers, and told of no worker that still is.
        </Empty>
      }
    />
  );
}

const slotColumns = (id: string, managed: ReadonlySet<string>): Column<PandaTargetSlots>[] => [
  {
    id: 'queue',
    head: 'Queue',
    narrow: 'keep',
    cell: ({ queue }) => <span className="mono">{queue}</span>,
  },
  {
    id: 'for',
    head: 'For',
    fill: true,
    cell: ({ share, resourceType }) =>
      [share, resourceType].filter((each) => each !== '').join(', ') || 'everything',
  },
  { id: 'slots', head: 'Slots', num: true, narrow: 'keep', cell: ({ slots }) => count(slots) },
  { id: 'until', head: 'Until', cell: ({ expiresAt }) => <Until at={expiresAt} /> },
  {
    id: 'set',
    head: 'Set',
    cell: ({ modifiedAt, modifiedBy }) => (
      <span className="quiet">
        <Time at={modifiedAt} /> by {modifiedBy}
      </span>
    ),
  },
  {
    id: 'act',
    head: 'Take back',
    quietHead: true,
    num: true,
    cell: (slots) => managed.has(slots.queue) && <TakeBack slots={slots} id={id} />,
  },
];

/** How many slots its queues shall have, and until when. */
export function TargetSlots({ harvester }: { harvester: PandaHarvester }) {
  if (harvester.targetSlots.length === 0) return null;
  const managed = new Set(harvester.serves.flatMap(({ queue, mayManage }) => (mayManage ? [queue] : [])));
  return (
    <DataTable
      label="Target slots"
      columns={slotColumns(harvester.id, managed)}
      rows={harvester.targetSlots}
      rowKey={({ queue, share, resourceType }) => `${queue} ${share} ${resourceType}`}
      top={
        <div className="panel-head">
          <h2>Target slots</h2>
          <span className="small quiet">how many its queues shall have</span>
        </div>
      }
      empty={null}
    />
  );
}

function Until({ at }: { at: string | null }) {
  const now = useSlowNow();
  if (at === null) return 'taken back';
  if (Date.parse(at) >= now) return <Deadline at={at} />;
  return (
    <span className="faint">
      over since <Time at={at} />
    </span>
  );
}

function TakeBack({ slots, id }: { slots: PandaTargetSlots; id: string }) {
  const queryClient = useQueryClient();
  const { queue, share, resourceType } = slots;
  const run = async () => {
    const kinds = { ...(share === '' ? {} : { share }), ...(resourceType === '' ? {} : { resourceType }) };
    await call('PUT', `${queuePath(queue)}/target-slots`, { body: { slots: -1, ...kinds } });
    await queryClient.invalidateQueries({ queryKey: ['panda', 'harvester', id] });
  };
  return <ActButton label="Take back" kind="small" run={run} />;
}
