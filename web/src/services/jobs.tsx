import type { UwsJobRow } from '@orrery/contracts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { Empty, ErrorPanel } from '../shared/blanks.tsx';
import { DataTable, TableFoot } from '../shared/data-table.tsx';
import { Chip, FilterBar } from '../shared/filter-bar.tsx';
import { Glyph } from '../shared/glyphs.tsx';
import { Href } from '../shared/link.tsx';
import { useMe } from '../shared/me.ts';
import { usePlace } from '../shared/page.ts';
import { filterFields, filterOf, problemsOf, termsOf, textOf } from './filter.ts';
import { BulkActs } from './job-bulk.tsx';
import { useColumns } from './job-columns.tsx';
import { Facets } from './job-facets.tsx';
import { useLiveRows } from './live.ts';
import { jobsQuery } from './queries.ts';

/** Jobs of all definitions. */
export function AllJobs() {
  usePlace([{ label: 'Services', to: '/services' }, { label: 'Jobs' }]);
  return <Jobs definition={undefined} />;
}

/** Jobs of one definition. */
export function JobsOf() {
  const { name } = useParams({ strict: false }) as { name: string };
  usePlace([
    { label: 'Services', to: '/services' },
    { label: name, to: `/services/${name}`, mono: true },
    { label: 'Jobs' },
  ]);
  return <Jobs definition={name} />;
}

function Jobs({ definition }: { definition: string | undefined }) {
  const { q = '', cursor } = useSearch({ strict: false }) as { q?: string; cursor?: string };
  const navigate = useNavigate();
  const me = useMe();
  const filter = useMemo(() => filterOf(q, definition), [q, definition]);
  const query = jobsQuery(filter, cursor);
  const { data, error, refetch } = useQuery({ ...query, placeholderData: (before) => before });
  const columns = useColumns(definition === undefined);
  const live = useLiveRows(
    query.queryKey,
    (event) => cursor === undefined && (filter.definition ?? event.definition) === event.definition,
  );
  const queryClient = useQueryClient();
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const go = (search: { q?: string; cursor?: string }, replace = false) =>
    void navigate({ to: '.', search: { q: search.q ?? q, cursor: search.cursor }, replace });
  const showNewer = () => {
    live.forget();
    if (cursor === undefined) void queryClient.invalidateQueries({ queryKey: query.queryKey });
    else go({});
  };
  const views = [
    { label: 'All', q: '' },
    ...(me === undefined || me.anonymous ? [] : [{ label: 'Mine', q: `owner:${me.name}` }]),
    { label: 'Running now', q: 'phase:EXECUTING phase:QUEUED' },
    { label: 'Failed', q: 'phase:ERROR' },
    { label: 'Waiting for me', q: 'phase:PENDING' },
  ];
  const open = (row: UwsJobRow, inTab: boolean) => {
    const to = `/services/${row.definition}/jobs/${row.id}`;
    if (inTab) window.open(`/ui${to}`, '_blank', 'noopener');
    else void navigate({ to });
  };
  return (
    <>
      <div className="page-head">
        <div className="page-title">
          <h1>{definition === undefined ? 'Jobs' : `Jobs of ${definition}`}</h1>
          <nav className="views" aria-label="Views">
            {views.map((view) => (
              <button
                key={view.label}
                type="button"
                aria-current={view.q === q ? 'page' : undefined}
                onClick={() => go({ q: view.q })}
              >
                {view.label}
              </button>
            ))}
          </nav>
        </div>
        <div className="acts">
          <Href
            to={definition === undefined ? '/ui/services' : `/ui/services/${definition}`}
            className="button"
          >
            New job …
          </Href>
        </div>
      </div>
      <Filters q={q} onChange={(text) => go({ q: text }, true)} definition={definition} />
      <Facets filter={filter} q={q} onChange={(text) => go({ q: text })} />
      {error !== null && data === undefined ? (
        <ErrorPanel what="The jobs could not be read" error={error} retry={() => void refetch()} />
      ) : (
        <>
          <DataTable
            label="Jobs, newest first"
            columns={columns}
            rows={data?.rows}
            rowKey={(row) => row.id}
            onOpen={open}
            changed={live.changed}
            newer={{ n: live.newer.size, show: showNewer }}
            selection={{
              keys: picked,
              set: setPicked,
              acts: <BulkActs rows={data?.rows ?? []} picked={picked} />,
            }}
            empty={<NoJobs q={q} onClear={() => go({ q: '' })} definition={definition} />}
          />
          {data !== undefined && (
            <TableFoot
              n={data.rows.length}
              first={cursor === undefined}
              about={data.about}
              tookMs={data.tookMs}
              onNewer={data.newer === null ? undefined : () => go({ cursor: data.newer as string })}
              onOlder={data.older === null ? undefined : () => go({ cursor: data.older as string })}
            />
          )}
        </>
      )}
    </>
  );
}

function Filters({
  q,
  onChange,
  definition,
}: {
  q: string;
  onChange: (text: string) => void;
  definition: string | undefined;
}) {
  const terms = termsOf(q);
  const problems = problemsOf(q);
  return (
    <>
      <FilterBar
        value={q}
        onChange={onChange}
        placeholder="owner:me after:2026-11-01 part of a name"
        fields={
          definition === undefined ? filterFields : filterFields.filter((field) => field !== 'definition')
        }
      >
        {terms.map((term, index) => (
          <Chip
            key={`${term.field} ${term.value}`}
            name={term.field}
            onRemove={() => onChange(textOf(terms.filter((_, other) => other !== index)))}
          >
            {term.value}
          </Chip>
        ))}
      </FilterBar>
      {problems.length > 0 && (
        <p className="small tone-partial state" role="status">
          <Glyph face="partial" size={11} /> {problems.join(' ')}
        </p>
      )}
    </>
  );
}

function NoJobs({
  q,
  onClear,
  definition,
}: {
  q: string;
  onClear: () => void;
  definition: string | undefined;
}) {
  if (q !== '') {
    return (
      <Empty
        title="No job matches"
        act={
          <button type="button" className="button small" onClick={onClear}>
            Show all jobs
          </button>
        }
      >
        The filter is <span className="mono">{q}</span>.
      </Empty>
    );
  }
  return (
    <Empty
      title="No job yet"
      act={
        <Href
          to={definition === undefined ? '/ui/services' : `/ui/services/${definition}`}
          className="button small"
        >
          {definition === undefined ? 'Choose a definition' : `Run ${definition} …`}
        </Href>
      }
    >
      A job is one run of a definition.
    </Empty>
  );
}
