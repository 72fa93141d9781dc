import type { CrdsFound } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Empty, ErrorPanel } from '../shared/blanks.tsx';
import { type Column, DataTable } from '../shared/data-table.tsx';
import { FilterBar } from '../shared/filter-bar.tsx';
import { count, milliseconds } from '../shared/format.ts';
import { Href } from '../shared/link.tsx';
import { usePlace } from '../shared/page.ts';
import { crumbsOf, pageHref, useAddress, useObservatory } from './address.ts';
import './calibration.css';
import { searchQuery } from './queries.ts';

type Found = CrdsFound['rows'][number];

const columns: Column<Found>[] = [
  { id: 'what', head: 'What', narrow: 'keep', cell: (row) => row.what },
  {
    id: 'name',
    head: 'Name',
    narrow: 'keep',
    cell: (row) => (
      <Href to={row.href} className="mono">
        {row.name}
      </Href>
    ),
  },
  { id: 'note', head: 'Note', fill: true, full: (row) => row.note, cell: (row) => row.note || '–' },
  { id: 'by', head: 'Found by', cell: (row) => row.by },
];

/** Contexts, mappings, references and datasets by name, pattern, SHA-1 or id. */
export function SearchPage() {
  const observatory = useObservatory();
  usePlace(crumbsOf(observatory, { label: 'Search' }));
  const [{ q = '' }, go] = useAddress();
  const navigate = useNavigate();
  const wanted = q.trim();
  const { data, error, refetch } = useQuery({ ...searchQuery(observatory, wanted), enabled: wanted !== '' });
  return (
    <>
      <h1>
        Search{' '}
        {data !== undefined && wanted !== '' && (
          <span className="rest">
            {data.cut ? 'more than ' : ''}
            {count(data.rows.length)} found in {milliseconds(data.tookMs)}
          </span>
        )}
      </h1>
      <FilterBar
        value={q}
        onChange={(text) => go({ q: text || undefined }, true)}
        placeholder="a name, hst_acs_*, a SHA-1, a dataset"
        fields={[]}
      />
      {error !== null && data === undefined ? (
        <ErrorPanel what="The search failed" error={error} retry={() => void refetch()} />
      ) : wanted === '' ? (
        <div className="panel">
          <Empty title="What is looked for?">
            A name or its begin, a pattern with <span className="mono">*</span> and{' '}
            <span className="mono">?</span>, a SHA-1, or the id of a dataset. <kbd>Ctrl K</kbd> looks in all
            services.
          </Empty>
        </div>
      ) : (
        <DataTable
          label="Found"
          columns={columns}
          rows={data?.rows}
          rowKey={(row) => `${row.what} ${row.name}`}
          onOpen={(row) => void navigate({ to: row.href.replace(/^\/ui/, '') })}
          empty={
            <Empty
              title={`Nothing is called “${wanted}”`}
              act={
                <button type="button" className="button small" onClick={() => go({ q: `*${wanted}*` })}>
                  Look for it within names
                </button>
              }
            >
              <Href to={pageHref(observatory, 'files')}>Files</Href> can be filtered by more than their name.
            </Empty>
          }
        />
      )}
      {data?.cut === true && <p className="small quiet">These are the first; a longer name finds fewer.</p>}
    </>
  );
}
