import { type PandaHarvester, type PandaHarvesterCommand, pandaCommandStates } from '@orrery/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { call } from '../shared/api.ts';
import { Empty } from '../shared/blanks.tsx';
import { ActButton } from '../shared/confirm-act.tsx';
import type { Column } from '../shared/data-table.tsx';
import { count } from '../shared/format.ts';
import { type KeysetPlace, KeysetTable } from '../shared/keyset-table.tsx';
import { useMe } from '../shared/me.ts';
import { State } from '../shared/state-badge.tsx';
import { Time } from '../shared/time.tsx';
import { commandsQuery, harvesterPath } from './harvester-queries.ts';

const time = (at: string | null) =>
  at === null ? (
    <span className="faint">–</span>
  ) : (
    <span className="mono">
      <Time at={at} />
    </span>
  );

function columnsOf(
  id: string,
  mayCancel: boolean,
  onDone: () => Promise<void>,
): Column<PandaHarvesterCommand>[] {
  const cancel = async ({ id: commandId }: PandaHarvesterCommand) => {
    await call('DELETE', `${harvesterPath(id)}/commands/${commandId}`);
    await onDone();
  };
  return [
    {
      id: 'status',
      head: 'State',
      narrow: 'keep',
      cell: ({ status }) => <State family="harvesterOrder" word={status} />,
    },
    {
      id: 'command',
      head: 'Order',
      narrow: 'keep',
      cell: ({ command }) => <span className="mono">{command}</span>,
    },
    {
      id: 'params',
      head: 'With',
      fill: true,
      full: ({ params }) => params,
      cell: ({ params }) => <span className="mono">{params}</span>,
    },
    { id: 'by', head: 'By', cell: ({ by }) => by },
    { id: 'given', head: 'Given', num: true, sorted: 'descending', cell: ({ createdAt }) => time(createdAt) },
    { id: 'taken', head: 'Taken', num: true, cell: ({ retrievedAt }) => time(retrievedAt) },
    {
      id: 'done',
      head: 'Acknowledged',
      num: true,
      full: ({ ackRequested }) => (ackRequested ? undefined : 'none was asked for'),
      cell: ({ acknowledgedAt }) => time(acknowledgedAt),
    },
    ...(mayCancel
      ? [
          {
            id: 'act',
            head: 'Cancel',
            quietHead: true,
            cell: (row: PandaHarvesterCommand) =>
              row.status === 'new' ? <ActButton label="Cancel" kind="small" run={() => cancel(row)} /> : null,
          },
        ]
      : []),
  ];
}

/** Orders to a Harvester with the time of each step; one that it has not taken can be cancelled. */
export function Orders({ harvester }: { harvester: PandaHarvester }) {
  const { status, cursor } = useSearch({ strict: false }) as { status?: string; cursor?: string };
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const mayCancel = useMe()?.permissions.includes('panda.operate') === true;
  const chosen = pandaCommandStates.find((each) => each === status);
  const place: KeysetPlace = cursor === undefined ? {} : { cursor };
  const go = (next: { status?: string | undefined; cursor?: string | undefined }) =>
    void navigate({ to: '.', search: { tab: 'orders', ...next } });
  const onDone = () => queryClient.invalidateQueries({ queryKey: ['panda', 'harvester', harvester.id] });
  return (
    <>
      <div className="filter-line">
        <fieldset className="segments" aria-label="Orders that are">
          <button type="button" aria-pressed={chosen === undefined} onClick={() => go({})}>
            all
          </button>
          {pandaCommandStates.map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={each === chosen}
              onClick={() => go({ status: each })}
            >
              {each} {count(harvester.commands[each] ?? 0)}
            </button>
          ))}
        </fieldset>
      </div>
      <KeysetTable
        label="Orders, last first"
        failure="The orders could not be read"
        query={commandsQuery(harvester.id, chosen === undefined ? {} : { status: [chosen] }, place)}
        place={place}
        live={{
          topic: 'panda.harvester-command',
          keyOf: (row) => String(row.id),
          arrival: () => 'neither',
          after: (row) => row,
          reread: () => Promise.resolve(undefined),
        }}
        columns={columnsOf(harvester.id, mayCancel, onDone)}
        order="last first"
        onJump={null}
        onOpen={() => {}}
        onMove={(to) => go({ status: chosen, cursor: to.cursor })}
        empty={
          <Empty title="No order">
            Orders come from this server when workers are out of step, from queues with pilot streaming, and
            from people.
          </Empty>
        }
      />
    </>
  );
}
