import type { CrdsObservatoryRow } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { Navigate, useNavigate } from '@tanstack/react-router';
import { Empty, ErrorPanel } from '../shared/blanks.tsx';
import { type Column, DataTable } from '../shared/data-table.tsx';
import { count } from '../shared/format.ts';
import { Href } from '../shared/link.tsx';
import { usePlace } from '../shared/page.ts';
import { Time } from '../shared/time.tsx';
import { contextHref, pageHref } from './address.ts';
import { observatoriesQuery } from './queries.ts';

const columns: Column<CrdsObservatoryRow>[] = [
  {
    id: 'name',
    head: 'Observatory',
    narrow: 'keep',
    cell: (row) => (
      <Href to={pageHref(row.observatory)} className="mono">
        {row.observatory}
      </Href>
    ),
  },
  { id: 'title', head: 'Title', fill: true, full: (row) => row.title, cell: (row) => row.title },
  {
    id: 'latest',
    head: 'Latest context',
    narrow: 'keep',
    cell: ({ observatory, contexts: { latest } }) =>
      latest === null ? (
        <span className="faint">none is set</span>
      ) : (
        <Href to={contextHref(observatory, latest)} className="mono">
          {latest}
        </Href>
      ),
  },
  {
    id: 'since',
    head: 'Since',
    num: true,
    cell: ({ latestSince }) => (latestSince === null ? '–' : <Time at={latestSince} seconds={false} />),
  },
  { id: 'references', head: 'References', num: true, cell: ({ counts }) => count(counts.references) },
  { id: 'mappings', head: 'Mappings', num: true, cell: ({ counts }) => count(counts.mappings) },
  { id: 'datasets', head: 'Datasets', num: true, cell: ({ counts }) => count(counts.datasets) },
  {
    id: 'upstream',
    head: 'Mirrors',
    fill: true,
    cell: ({ upstream }) => upstream ?? <span className="faint">nothing</span>,
  },
];

/** The observatories of this installation; with a single one there is nothing to choose. */
export function Observatories() {
  usePlace([{ label: 'Calibration', to: '/calibration' }, { label: 'Observatories' }]);
  const navigate = useNavigate();
  const { data, error, refetch } = useQuery(observatoriesQuery);
  const only = data?.rows.length === 1 ? data.rows[0] : undefined;
  if (only !== undefined)
    return <Navigate to="/calibration/$obs" params={{ obs: only.observatory }} replace />;
  return (
    <>
      <h1>Observatories</h1>
      {error !== null && data === undefined ? (
        <ErrorPanel what="The observatories could not be read" error={error} retry={() => void refetch()} />
      ) : (
        <DataTable
          label="Observatories"
          columns={columns}
          rows={data?.rows}
          rowKey={(row) => row.observatory}
          onOpen={(row) => void navigate({ to: `/calibration/${row.observatory}` })}
          empty={
            <Empty title="No observatory is served yet">
              <span className="mono">orrery crds import FOLDER --observatory hst</span> takes a folder of
              mapping files or a whole cache of a client.
            </Empty>
          }
        />
      )}
    </>
  );
}
