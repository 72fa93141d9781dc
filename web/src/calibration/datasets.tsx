import type { CrdsDatasetPage, CrdsDatasetRow } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { Empty } from '../shared/blanks.tsx';
import type { Column } from '../shared/data-table.tsx';
import { FilterBar } from '../shared/filter-bar.tsx';
import { count, plural } from '../shared/format.ts';
import { instant } from '../shared/instant.ts';
import { KeysetTable } from '../shared/keyset-table.tsx';
import { Href } from '../shared/link.tsx';
import { usePlace } from '../shared/page.ts';
import { Time } from '../shared/time.tsx';
import { crumbsOf, pageHref, useAddress, useObservatory } from './address.ts';
import './calibration.css';
import { stillList } from './live.ts';
import { datasetCountsQuery, datasetsQuery } from './queries.ts';

const datasetHref = (observatory: string, id: string) =>
  pageHref(observatory, `datasets/${encodeURIComponent(id)}`);

const columnsOf = (observatory: string): Column<CrdsDatasetRow>[] => [
  {
    id: 'id',
    head: 'Dataset',
    narrow: 'keep',
    cell: (row) => (
      <Href to={datasetHref(observatory, row.id)} className="mono">
        {row.id}
      </Href>
    ),
  },
  { id: 'instrument', head: 'Instrument', narrow: 'keep', cell: (row) => row.instrument },
  {
    id: 'date',
    head: 'Exposed',
    fill: true,
    cell: (row) => (row.date === null ? 'not known' : <Time at={row.date} seconds={false} />),
  },
  {
    id: 'ask',
    head: 'Best references',
    quietHead: true,
    cell: (row) => (
      <Href to={pageHref(observatory, 'best-references', { dataset: row.id })}>Best references</Href>
    ),
  },
  {
    id: 'registered',
    head: 'Registered',
    num: true,
    cell: (row) => <Time at={row.registeredAt} seconds={false} />,
  },
];

/** Headers of exposures that are registered here. */
export function DatasetsPage() {
  const observatory = useObservatory();
  usePlace(crumbsOf(observatory, { label: 'Datasets' }));
  const [{ q = '', instrument, since, before, cursor }, go] = useAddress();
  const navigate = useNavigate();
  const columns = useMemo(() => columnsOf(observatory), [observatory]);
  const counts = useQuery(datasetCountsQuery(observatory)).data;
  const place = cursor === undefined ? {} : { cursor };
  const filter = {
    ...(q === '' ? {} : { text: q }),
    ...(instrument === undefined ? {} : { instrument }),
    ...(instant(since ?? '') === undefined ? {} : { since: instant(since ?? '') as string }),
    ...(instant(before ?? '') === undefined ? {} : { before: instant(before ?? '') as string }),
  };
  const hasFilter = Object.keys(filter).length > 0;
  const day = (name: 'since' | 'before', label: string, value: string | undefined) => (
    <label className="input small jump">
      <span className="faint">{label}</span>
      <input
        type="date"
        value={value ?? ''}
        onChange={({ target }) => go({ [name]: target.value || undefined, cursor: undefined }, true)}
      />
    </label>
  );
  return (
    <>
      <h1>
        Datasets{' '}
        {counts !== undefined && (
          <span className="rest">
            {plural(counts.total, 'header')} of {plural(counts.instruments.length, 'instrument')}
          </span>
        )}
      </h1>
      <FilterBar
        value={q}
        onChange={(text) => go({ q: text || undefined, cursor: undefined }, true)}
        placeholder="begin of an id"
        fields={[]}
      >
        {day('since', 'exposed since', since)}
        {day('before', 'before', before)}
      </FilterBar>
      {counts !== undefined && counts.instruments.length > 0 && (
        <fieldset className="facets" aria-label="Datasets by instrument">
          <button
            type="button"
            className="all"
            aria-pressed={instrument === undefined}
            onClick={() => go({ instrument: undefined, cursor: undefined })}
          >
            <b>{count(counts.total)}</b> all
          </button>
          {counts.instruments.map((each) => (
            <button
              key={each.instrument}
              type="button"
              aria-pressed={instrument === each.instrument}
              onClick={() =>
                go({
                  instrument: instrument === each.instrument ? undefined : each.instrument,
                  cursor: undefined,
                })
              }
            >
              <b>{count(each.datasets)}</b> {each.instrument}
            </button>
          ))}
        </fieldset>
      )}
      <KeysetTable<CrdsDatasetRow, CrdsDatasetPage>
        label="Datasets, by id"
        failure="The datasets could not be read"
        query={datasetsQuery(observatory, { ...filter, limit: 100 }, place)}
        place={place}
        live={stillList((row) => row.id)}
        columns={columns}
        pageOf={(row) => datasetHref(observatory, row.id).slice('/ui'.length)}
        order="by id"
        empty={
          hasFilter ? (
            <Empty
              title="No dataset matches"
              act={
                <button
                  type="button"
                  className="button small"
                  onClick={() =>
                    go({ q: undefined, instrument: undefined, since: undefined, before: undefined })
                  }
                >
                  Show all datasets
                </button>
              }
            />
          ) : (
            <Empty title="No dataset is registered yet">
              <span className="mono">orrery crds dataset load FILE.jsonl --observatory {observatory}</span>{' '}
              loads headers; then a new context says which of them it changes.
            </Empty>
          )
        }
        onJump={null}
        onOpen={(to) => void navigate({ to })}
        onMove={(to) => go({ cursor: to.cursor })}
      />
    </>
  );
}
