import type { ProcessRow } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { get } from '../shared/api.ts';
import { Empty, ErrorPanel } from '../shared/blanks.tsx';
import { type Column, DataTable } from '../shared/data-table.tsx';
import { bytes, count, exact, milliseconds, plural } from '../shared/format.ts';
import { usePlace } from '../shared/page.ts';
import { State } from '../shared/state-badge.tsx';
import { Ago, Time } from '../shared/time.tsx';
import { type RowsOf, rowsOf } from './rows.ts';

const columns: Column<ProcessRow>[] = [
  { id: 'state', head: 'State', narrow: 'keep', cell: (row) => <State family="process" word={row.state} /> },
  { id: 'id', head: 'Process', narrow: 'keep', cell: (row) => <span className="mono">{row.processId}</span> },
  { id: 'role', head: 'Role', cell: (row) => row.role },
  {
    id: 'host',
    head: 'Host',
    fill: true,
    cell: (row) => (
      <>
        {row.host} <span className="small faint">pid {row.pid}</span>
      </>
    ),
  },
  { id: 'version', head: 'Version', cell: (row) => <span className="quiet">{row.version}</span> },
  { id: 'started', head: 'Started', num: true, cell: (row) => <Time at={row.startedAt} /> },
  { id: 'seen', head: 'Seen', num: true, narrow: 'keep', cell: (row) => <Ago at={row.seenAt} /> },
  { id: 'memory', head: 'Memory', num: true, cell: (row) => bytes(row.memoryMb * 1e6) },
  { id: 'loop', head: 'Loop delay, p99', num: true, cell: (row) => milliseconds(row.eventLoopDelayP99Ms) },
  { id: 'waits', head: 'Waits', num: true, cell: (row) => count(row.openWaits) },
  { id: 'streams', head: 'Streams', num: true, cell: (row) => exact(row.openStreams) },
];

/** The processes of this server on all hosts. */
export function ProcessesPage() {
  usePlace([{ label: 'Admin' }, { label: 'Processes' }]);
  const { data, error, refetch } = useQuery({
    queryKey: ['core', 'processes'],
    queryFn: ({ signal }) => get<RowsOf<ProcessRow>>('/api/core/processes', signal),
    // Heartbeats are measurements and write no events.
    refetchInterval: 5_000,
  });
  const rows = rowsOf(data);
  const lost = rows?.filter((row) => row.state === 'lost').length ?? 0;
  const online = (rows?.length ?? 0) - lost;
  return (
    <>
      <h1>
        {rows === undefined ? 'Processes' : plural(online, 'process', 'processes')}{' '}
        {rows !== undefined && (
          <span className="rest">
            {lost === 0
              ? 'answer; none is lost'
              : `answer; ${lost} no longer ${lost === 1 ? 'does' : 'do'}, others took over`}
          </span>
        )}
      </h1>
      {error !== null && data === undefined ? (
        <ErrorPanel what="The processes could not be read" error={error} retry={() => void refetch()} />
      ) : (
        <DataTable
          label="Processes"
          columns={columns}
          rows={rows}
          rowKey={(row) => row.processId}
          empty={
            <Empty title="No process has reported yet">
              The first report comes within seconds of the start.
            </Empty>
          }
        />
      )}
    </>
  );
}
