import type { UwsDefinitionRow } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Empty, ErrorPanel } from '../shared/blanks.tsx';
import { type Column, DataTable } from '../shared/data-table.tsx';
import { count, duration, plural } from '../shared/format.ts';
import { usePlace } from '../shared/page.ts';
import { definitionsQuery } from './queries.ts';

const columns: Column<UwsDefinitionRow>[] = [
  {
    id: 'name',
    head: 'Definition',
    narrow: 'keep',
    cell: (row) => (
      <Link to="/services/$name" params={{ name: row.name }} className="mono">
        {row.name}
      </Link>
    ),
  },
  {
    id: 'title',
    head: 'What it does',
    fill: true,
    full: (row) => row.description,
    cell: (row) => (
      <>
        {row.title} <span className="quiet small">{firstSentence(row.description)}</span>
      </>
    ),
  },
  { id: 'version', head: 'Version', num: true, cell: (row) => row.label ?? `v${row.version}` },
  {
    id: 'runs',
    head: 'Runs, 30 d',
    num: true,
    cell: (row) => (
      <Link to="/services/$name/jobs" params={{ name: row.name }} className="plain">
        {count(row.runs)}
      </Link>
    ),
  },
  {
    id: 'median',
    head: 'Median',
    num: true,
    cell: (row) => (row.medianSeconds === null ? '–' : duration(row.medianSeconds)),
  },
  {
    id: 'act',
    head: 'Act',
    quietHead: true,
    narrow: 'keep',
    num: true,
    cell: (row) =>
      row.mayRun ? (
        <Link to="/services/$name" params={{ name: row.name }} className="button small">
          Run …
        </Link>
      ) : (
        <span className="small faint" title="Running it needs the role uws.run, which an administrator gives">
          needs uws.run
        </span>
      ),
  },
];

function firstSentence(text: string): string {
  return /^.*?[.!?](?=\s|$)/s.exec(text)?.[0] ?? text;
}

/** What can be run here. */
export function Definitions() {
  usePlace([{ label: 'Services', to: '/services' }, { label: 'Definitions' }]);
  const navigate = useNavigate();
  const { data, error, refetch } = useQuery(definitionsQuery);
  return (
    <>
      <div className="headline">
        <h1>
          Services{' '}
          {data !== undefined && (
            <span className="rest">{plural(data.rows.length, 'definition')} can be run here</span>
          )}
        </h1>
      </div>
      {error !== null && data === undefined ? (
        <ErrorPanel what="The definitions could not be read" error={error} retry={() => void refetch()} />
      ) : (
        <DataTable
          label="Definitions"
          columns={columns}
          rows={data?.rows}
          rowKey={(row) => row.name}
          onOpen={(row) => void navigate({ to: '/services/$name', params: { name: row.name } })}
          empty={
            <Empty title="No definition is loaded">
              <span className="mono">orrery uws define hello.yaml</span> loads one; any command becomes a
              service.
            </Empty>
          }
        />
      )}
    </>
  );
}
