import type { UwsJobRow } from '@orrery/contracts';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { Column } from '../shared/data-table.tsx';
import { duration } from '../shared/format.ts';
import { useSlowNow } from '../shared/now.ts';
import { State } from '../shared/state-badge.tsx';
import { Time } from '../shared/time.tsx';

interface Wanted {
  /** A list of one definition does not repeat its name. */
  withDefinition: boolean;
  /** Only those who see the jobs of everybody need to know whose they are. */
  withOwner: boolean;
}

/** The columns of job lists. */
export function useColumns({ withDefinition, withOwner }: Wanted): Column<UwsJobRow>[] {
  const now = useSlowNow();
  return useMemo(() => {
    const columns: Column<UwsJobRow>[] = [
      {
        id: 'phase',
        head: 'Phase',
        narrow: 'keep',
        cell: (row) => (
          <State
            family="uwsJob"
            word={row.phase}
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
          <Link
            to="/services/$name/jobs/$id"
            params={{ name: row.definition, id: row.id }}
            className="mono job-id"
            title={row.id}
          >
            {row.id}
          </Link>
        ),
      },
      ...(withDefinition
        ? [
            {
              id: 'definition',
              head: 'Definition',
              cell: (row: UwsJobRow) => (
                <Link to="/services/$name/jobs" params={{ name: row.definition }} className="plain mono">
                  {row.definition}
                </Link>
              ),
            },
          ]
        : []),
      {
        id: 'run',
        head: 'Name',
        fill: true,
        full: (row) => row.error ?? row.runId ?? undefined,
        cell: (row) => <NameCell row={row} />,
      },
      ...(withOwner
        ? [
            {
              id: 'owner',
              head: 'Owner',
              cell: (row: UwsJobRow) => row.owner ?? <span className="faint">anonymous</span>,
            },
          ]
        : []),
      { id: 'waited', head: 'Waited', num: true, cell: (row) => waited(row, now) },
      { id: 'ran', head: 'Ran', num: true, narrow: 'keep', cell: (row) => ran(row, now) },
      {
        id: 'created',
        head: 'Created',
        num: true,
        sorted: 'descending',
        cell: (row) => (
          <span className="mono">
            <Time at={row.createdAt} />
          </span>
        ),
      },
    ];
    return columns;
  }, [withDefinition, withOwner, now]);
}

function NameCell({ row }: { row: UwsJobRow }) {
  return (
    <>
      {row.runId}
      {row.error !== null && <span className="small quiet"> {row.error}</span>}
    </>
  );
}

function waited(row: UwsJobRow, now: number): string {
  const until =
    row.startedAt ??
    (row.phase === 'QUEUED' || row.phase === 'SUSPENDED' ? new Date(now).toISOString() : null);
  return until === null ? '–' : duration(Math.max(0, (Date.parse(until) - Date.parse(row.createdAt)) / 1000));
}

function ran(row: UwsJobRow, now: number): string {
  if (row.startedAt === null) return '–';
  const until = row.endedAt === null ? now : Date.parse(row.endedAt);
  return duration(Math.max(0, (until - Date.parse(row.startedAt)) / 1000));
}
