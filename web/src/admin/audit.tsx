import type { AuditRow } from '@orrery/contracts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { get, withQuery } from '../shared/api.ts';
import { Empty, ErrorPanel } from '../shared/blanks.tsx';
import { type Column, DataTable } from '../shared/data-table.tsx';
import { actionWords } from '../shared/format.ts';
import { onTopic } from '../shared/live.ts';
import { usePlace } from '../shared/page.ts';
import { TableFoot } from '../shared/table-foot.tsx';
import { Time } from '../shared/time.tsx';

interface Page {
  rows: AuditRow[];
  newer: string | null;
  older: string | null;
  about: number | null;
  tookMs: number;
}

const columns: Column<AuditRow>[] = [
  {
    id: 'at',
    head: 'When',
    narrow: 'keep',
    sorted: 'descending',
    cell: (row) => (
      <span className="mono">
        <Time at={row.at} />
      </span>
    ),
  },
  { id: 'actor', head: 'Who', cell: (row) => row.actor },
  {
    id: 'action',
    head: 'Did',
    narrow: 'keep',
    cell: (row) => (
      <span className="strong" title={row.action}>
        {actionWords(row.action)}
      </span>
    ),
  },
  { id: 'kind', head: 'To', cell: (row) => <span className="quiet">{row.objectKind}</span> },
  { id: 'id', head: 'Object', cell: (row) => <span className="mono">{row.objectId}</span> },
  {
    id: 'details',
    head: 'Details',
    fill: true,
    full: (row) => detailsText(row),
    cell: (row) => <span className="quiet small">{detailsText(row)}</span>,
  },
];

function detailsText(row: AuditRow): string {
  return Object.entries(row.details)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}

/** Who changed what, newest first. */
export function AuditPage() {
  usePlace([{ label: 'Admin' }, { label: 'Audit' }]);
  const { cursor } = useSearch({ strict: false });
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const queryKey = ['core', 'audit', cursor ?? null];
  const { data, error, refetch } = useQuery({
    queryKey,
    queryFn: ({ signal }) => get<Page>(withQuery('/api/core/audit', { cursor, limit: 100 }), signal),
    placeholderData: (before) => before,
    refetchOnWindowFocus: false,
    meta: { still: true },
  });
  const [newer, setNewer] = useState(0);
  useEffect(() => onTopic('core.audit', (events) => setNewer((n) => n + events.length)), []);
  const go = (next: string | undefined) => void navigate({ to: '.', search: { cursor: next } });
  const showNewer = () => {
    setNewer(0);
    if (cursor === undefined) void queryClient.invalidateQueries({ queryKey });
    else go(undefined);
  };
  return (
    <>
      <h1>
        Audit <span className="rest">who changed what</span>
      </h1>
      {error !== null && data === undefined ? (
        <ErrorPanel what="The audit trail could not be read" error={error} retry={() => void refetch()} />
      ) : (
        <>
          <DataTable
            label="Changes, newest first"
            columns={columns}
            rows={data?.rows}
            rowKey={(row) => String(row.id)}
            newer={{ n: cursor === undefined ? newer : 0, show: showNewer }}
            empty={
              <Empty title="Nobody has changed anything yet">
                Sign-ins, grants, tokens, definitions and settings are written here with who and when.
              </Empty>
            }
          />
          {data !== undefined && (
            <TableFoot
              n={data.rows.length}
              first={cursor === undefined}
              about={data.about}
              tookMs={data.tookMs}
              onNewer={data.newer === null ? undefined : () => go(data.newer ?? undefined)}
              onOlder={data.older === null ? undefined : () => go(data.older ?? undefined)}
            />
          )}
        </>
      )}
    </>
  );
}
