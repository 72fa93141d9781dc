import type { ScheduleRow } from '@orrery/contracts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { call, get } from '../shared/api.ts';
import { Empty, ErrorPanel } from '../shared/blanks.tsx';
import { ActButton } from '../shared/confirm-act.tsx';
import { type Column, DataTable } from '../shared/data-table.tsx';
import { milliseconds, plural, rhythm } from '../shared/format.ts';
import { onTopic } from '../shared/live.ts';
import { useMe } from '../shared/me.ts';
import { usePlace } from '../shared/page.ts';
import { State } from '../shared/state-badge.tsx';
import { Deadline, Time } from '../shared/time.tsx';
import { type RowsOf, rowsOf } from './rows.ts';

/** The state of a schedule: what it does now, else how it stands. */
function stateOf(row: ScheduleRow): string {
  if (row.running) return 'running';
  return row.paused ? 'paused' : 'scheduled';
}

const columns: Column<ScheduleRow>[] = [
  {
    id: 'state',
    head: 'State',
    narrow: 'keep',
    cell: (row) => <State family="scheduleRun" word={stateOf(row)} />,
  },
  { id: 'name', head: 'Schedule', narrow: 'keep', cell: (row) => <span className="strong">{row.name}</span> },
  { id: 'period', head: 'Runs', cell: (row) => <span className="quiet">{rhythm(row.period)}</span> },
  {
    id: 'next',
    head: 'Next',
    cell: (row) =>
      row.paused ? (
        <span className="quiet">{row.pausedWhy === null ? 'paused' : `paused: ${row.pausedWhy}`}</span>
      ) : row.nextDue === null ? (
        '–'
      ) : (
        <Deadline at={row.nextDue} />
      ),
  },
  {
    id: 'last',
    head: 'Last run',
    fill: true,
    cell: (row) =>
      row.lastStarted === null ? (
        <span className="faint">not yet</span>
      ) : (
        <>
          <Time at={row.lastStarted} />{' '}
          {row.ranOn !== null && <span className="small faint">on {row.ranOn}</span>}
        </>
      ),
  },
  {
    id: 'outcome',
    head: 'Outcome',
    cell: (row) => (row.lastOutcome === null ? '–' : <State family="scheduleRun" word={row.lastOutcome} />),
  },
  {
    id: 'took',
    head: 'Took',
    num: true,
    narrow: 'keep',
    cell: (row) => (row.lastDurationMs === null ? '–' : milliseconds(row.lastDurationMs)),
  },
];

/** The one act that fits: resume what is paused, run the rest now. */
function ScheduleAct({ row }: { row: ScheduleRow }) {
  const queryClient = useQueryClient();
  const verb = row.paused ? 'resume' : 'run';
  const run = async () => {
    await call('POST', `/api/core/schedules/${encodeURIComponent(row.name)}/${verb}`);
    await queryClient.invalidateQueries({ queryKey: ['core', 'schedules'] });
  };
  return <ActButton label={row.paused ? 'Resume' : 'Run now'} kind="small" run={run} />;
}

const actColumn: Column<ScheduleRow> = {
  id: 'act',
  head: 'Act',
  quietHead: true,
  num: true,
  cell: (row) => <ScheduleAct row={row} />,
};

/** What the clock starts, and how it went. */
export function SchedulePage() {
  usePlace([{ label: 'Admin' }, { label: 'Schedule' }]);
  const mayOperate = useMe()?.permissions.includes('core.operate') === true;
  const queryClient = useQueryClient();
  const { data, error, refetch } = useQuery({
    queryKey: ['core', 'schedules'],
    queryFn: ({ signal }) => get<RowsOf<ScheduleRow>>('/api/core/schedules', signal),
    refetchInterval: 10_000,
  });
  useEffect(
    () =>
      onTopic('core.schedule', () => void queryClient.invalidateQueries({ queryKey: ['core', 'schedules'] })),
    [queryClient],
  );
  const rows = rowsOf(data);
  const failed =
    rows?.filter((row) => row.lastOutcome !== null && /fail|error|lost/.test(row.lastOutcome)).length ?? 0;
  return (
    <>
      <h1>
        Schedule{' '}
        {rows !== undefined && (
          <span className="rest">
            {failed === 0
              ? 'everything ran well the last time'
              : `${plural(failed, 'schedule')} failed the last time`}
          </span>
        )}
      </h1>
      {error !== null && data === undefined ? (
        <ErrorPanel what="The schedule could not be read" error={error} retry={() => void refetch()} />
      ) : (
        <DataTable
          label="Schedules"
          columns={mayOperate ? [...columns, actColumn] : columns}
          rows={rows}
          rowKey={(row) => row.name}
          empty={<Empty title="Nothing is scheduled" />}
        />
      )}
    </>
  );
}
