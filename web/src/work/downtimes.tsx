import type { PandaDowntime, PandaQueue } from '@orrery/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../shared/api.ts';
import { Empty } from '../shared/blanks.tsx';
import { ConfirmAct } from '../shared/confirm-act.tsx';
import { type Column, DataTable } from '../shared/data-table.tsx';
import { duration } from '../shared/format.ts';
import { useSlowNow } from '../shared/now.ts';
import { State } from '../shared/state-badge.tsx';
import { Deadline, Time } from '../shared/time.tsx';
import { DowntimeDialog } from './downtime-dialog.tsx';
import { DowntimeStrip } from './downtime-strip.tsx';
import { queuePath } from './queries.ts';

const lengthOf = ({ startsAt, endsAt }: PandaDowntime): string =>
  duration((Date.parse(endsAt) - Date.parse(startsAt)) / 1000);

const columns: Column<PandaDowntime>[] = [
  {
    id: 'status',
    head: 'Becomes',
    narrow: 'keep',
    cell: (row) => <State family="worker" word={row.status} />,
  },
  { id: 'from', head: 'From', narrow: 'keep', cell: (row) => <Begin row={row} /> },
  { id: 'until', head: 'Until', cell: (row) => <Time at={row.endsAt} seconds={false} /> },
  { id: 'length', head: 'Length', num: true, cell: lengthOf },
  { id: 'reason', head: 'Reason', fill: true, full: (row) => row.reason, cell: (row) => row.reason },
  { id: 'by', head: 'By', cell: (row) => <span className="quiet">{row.by}</span> },
];

function Begin({ row }: { row: PandaDowntime }) {
  const now = useSlowNow();
  return Date.parse(row.startsAt) <= now ? (
    <span className="tone-partial strong">holds now</span>
  ) : (
    <Deadline at={row.startsAt} />
  );
}

/** Downtimes that are not over: as a calendar of the next weeks, and as a list to change. */
export function Downtimes({ queue }: { queue: PandaQueue }) {
  const [editing, setEditing] = useState<PandaDowntime | 'new' | undefined>();
  const [removing, setRemoving] = useState<PandaDowntime | undefined>();
  const queryClient = useQueryClient();
  const now = useSlowNow();
  const mayChange = queue.acts.change;
  const remove = async (row: PandaDowntime) => {
    await call('DELETE', `${queuePath(queue.queue)}/downtimes/${row.id}`);
    await queryClient.invalidateQueries({ queryKey: ['panda', 'queue', queue.queue] });
  };
  const actColumn: Column<PandaDowntime> = {
    id: 'act',
    head: 'Act',
    quietHead: true,
    num: true,
    cell: (row) => (
      <span className="row tight">
        <button type="button" className="button small" onClick={() => setEditing(row)}>
          Change …
        </button>
        <button type="button" className="button small danger" onClick={() => setRemoving(row)}>
          {Date.parse(row.startsAt) <= now ? 'End …' : 'Remove …'}
        </button>
      </span>
    ),
  };
  return (
    <>
      <section className="panel">
        <div className="panel-head">
          <h2>Next four weeks</h2>
          <span className="grow" />
          {mayChange && (
            <button type="button" className="button small" onClick={() => setEditing('new')}>
              Add downtime …
            </button>
          )}
        </div>
        <DowntimeStrip downtimes={queue.downtimes} />
      </section>
      <DataTable
        label="Downtimes, the next first"
        columns={mayChange ? [...columns, actColumn] : columns}
        rows={queue.downtimes}
        rowKey={(row) => String(row.id)}
        empty={
          <Empty title="No downtime is planned">
            While one lasts the queue takes another state by itself, and gets its own back at the end.
          </Empty>
        }
      />
      {editing !== undefined && (
        <DowntimeDialog
          queue={queue.queue}
          downtime={editing === 'new' ? undefined : editing}
          onClose={() => setEditing(undefined)}
        />
      )}
      {removing !== undefined && (
        <ConfirmAct
          title={Date.parse(removing.startsAt) <= now ? 'End this downtime now?' : 'Remove this downtime?'}
          lines={[
            `${removing.reason}: ${removing.status} for ${lengthOf(removing)}.`,
            Date.parse(removing.startsAt) <= now
              ? `${queue.queue} becomes ${queue.setStatus} at once.`
              : `${queue.queue} stays as it is at that time.`,
          ]}
          verb={Date.parse(removing.startsAt) <= now ? 'End downtime' : 'Remove downtime'}
          keep="Keep it"
          run={() => remove(removing)}
          onClose={() => setRemoving(undefined)}
        />
      )}
    </>
  );
}
