import type { PandaJobRow, PandaMainError } from '@orrery/contracts';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { Column } from '../shared/data-table.tsx';
import { duration, middle } from '../shared/format.ts';
import { useSlowNow } from '../shared/now.ts';
import { State } from '../shared/state-badge.tsx';
import { faceOf } from '../shared/states.ts';
import { Time } from '../shared/time.tsx';

/** Columns of somebody who never chose; the others are in the menu. */
export const usualColumns: readonly string[] = [
  'name',
  'queue',
  'owner',
  'priority',
  'attempt',
  'waited',
  'ran',
  'error',
  'changed',
];
/** Without these a row says nothing. */
export const fixedColumns: readonly string[] = ['status', 'id'];

/** `pilot 1305`, as people name an error. */
export const errorName = ({ source, code }: Pick<PandaMainError, 'source' | 'code'>): string =>
  `${source} ${code}`;

export const errorText = (error: PandaMainError): string =>
  `${errorName(error)}: ${error.meaning ?? (error.diag === '' ? 'no text was given' : error.diag)}`;

const text = (
  id: string,
  head: string,
  read: (row: PandaJobRow) => string | number | null,
): Column<PandaJobRow> => ({ id, head, cell: (row) => read(row) ?? <span className="faint">–</span> });

const number = (
  id: string,
  head: string,
  read: (row: PandaJobRow) => string | number,
): Column<PandaJobRow> => ({ id, head, num: true, cell: read });

/** All columns of job lists, in their order. */
export function useJobColumns(): Column<PandaJobRow>[] {
  const now = useSlowNow();
  return useMemo(
    () => [
      {
        id: 'status',
        head: 'State',
        narrow: 'keep',
        cell: (row) => (
          <State
            family="pandaJob"
            word={row.status}
            {...(row.overdue && row.deadline !== null
              ? { overdueSeconds: Math.max(1, (now - Date.parse(row.deadline)) / 1000) }
              : {})}
          />
        ),
      },
      {
        id: 'id',
        head: 'Job',
        narrow: 'keep',
        cell: (row) => (
          <Link to="/work/jobs/$id" params={{ id: String(row.id) }} className="mono">
            {row.id}
          </Link>
        ),
      },
      {
        id: 'name',
        head: 'Name',
        fill: true,
        full: (row) => row.name,
        cell: (row) => (row.name === '' ? <span className="faint">–</span> : middle(row.name, 27)),
      },
      {
        id: 'task',
        head: 'Task',
        cell: (row) =>
          row.task === null ? <span className="faint">–</span> : <span className="mono">{row.task}</span>,
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
        id: 'owner',
        head: 'Owner',
        full: (row) => row.owner,
        cell: (row) => (
          <Link to="/work/users/$name" params={{ name: row.owner }} className="plain">
            {row.owner}
          </Link>
        ),
      },
      text('label', 'Label', (row) => row.label),
      text('type', 'Type', (row) => row.processingType),
      text('share', 'Share', (row) => row.share),
      text('resource', 'Resource', (row) => row.resourceType),
      text('group', 'Group', (row) => row.workingGroup),
      text('vo', 'VO', (row) => row.vo),
      { ...text('node', 'Node', (row) => row.node), full: (row) => row.node ?? undefined },
      number('cores', 'Cores', (row) => row.cores),
      number('priority', 'Priority', (row) => row.priority),
      number('attempt', 'Attempt', (row) => `${row.attempt} / ${row.maxAttempt}`),
      number('waited', 'Waited', (row) => waited(row, now)),
      { ...number('ran', 'Ran', (row) => ran(row, now)), narrow: 'keep' },
      {
        id: 'error',
        head: 'What went wrong',
        fill: true,
        full: (row) =>
          row.error === null
            ? undefined
            : `${errorText(row.error)}${row.error.diag && `\n${row.error.diag}`}`,
        cell: (row) => row.error !== null && errorText(row.error),
      },
      {
        id: 'created',
        head: 'Made',
        num: true,
        sorted: 'descending',
        cell: (row) => (
          <span className="mono">
            <Time at={row.createdAt} />
          </span>
        ),
      },
      {
        id: 'changed',
        head: 'Changed',
        num: true,
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

/** From its making to its start; while it waits, until now. */
function waited(row: PandaJobRow, now: number): string {
  const isWaiting = faceOf('pandaJob', row.status) === 'waiting';
  const until = row.startedAt ?? (isWaiting ? null : row.endedAt);
  if (until === null && !isWaiting) return '–';
  const end = until === null ? now : Date.parse(until);
  return duration(Math.max(0, (end - Date.parse(row.createdAt)) / 1000));
}

function ran(row: PandaJobRow, now: number): string {
  if (row.startedAt === null) return '–';
  const until = row.endedAt === null ? now : Date.parse(row.endedAt);
  return duration(Math.max(0, (until - Date.parse(row.startedAt)) / 1000));
}
