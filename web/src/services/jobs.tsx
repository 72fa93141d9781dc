import type { Me, UwsJobFilter, UwsJobRow } from '@orrery/contracts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { ErrorPanel } from '../shared/blanks.tsx';
import { DataTable, TableFoot } from '../shared/data-table.tsx';
import { Href } from '../shared/link.tsx';
import { useMe } from '../shared/me.ts';
import { usePlace } from '../shared/page.ts';
import { chosenView, orderedViews, type View, viewsQuery } from '../shared/views.ts';
import { ViewsNav } from '../shared/views-nav.tsx';
import { DeletedBar } from './deleted-bar.tsx';
import { leaving } from './deletions.ts';
import { filterOf } from './filter.ts';
import { BulkActs } from './job-bulk.tsx';
import { useColumns } from './job-columns.tsx';
import { ExportMenu } from './job-export.tsx';
import { Facets } from './job-facets.tsx';
import { JobFilters, NoJobs } from './job-filters.tsx';
import { useLiveRows } from './live.ts';
import { countQuery, jobsQuery } from './queries.ts';

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

/** Views that every list of jobs has. */
function builtInViews(me: Me | undefined): View[] {
  return [
    { id: 'all', name: 'All', q: '' },
    ...(me === undefined || me.anonymous || !seesAll(me)
      ? []
      : [{ id: 'mine', name: 'Mine', q: 'owner:me' }]),
    { id: 'running', name: 'Running now', q: 'phase:EXECUTING phase:QUEUED' },
    { id: 'failed', name: 'Failed', q: 'phase:ERROR' },
    { id: 'waiting', name: 'Waiting for me', q: 'phase:PENDING' },
  ];
}

const seesAll = (me: Me | undefined): boolean => me?.permissions.includes('uws.job.any') === true;

interface Address {
  view?: string | undefined;
  q?: string | undefined;
  cursor?: string | undefined;
  at?: string | undefined;
}

function Jobs({ definition }: { definition: string | undefined }) {
  const address = useSearch({ strict: false }) as Address;
  const { cursor, at } = address;
  const navigate = useNavigate();
  const me = useMe();
  const list = definition === undefined ? 'uws.jobs' : 'uws.jobs-of-one';
  const hasAccount = me !== undefined && !me.anonymous;
  const saved = useQuery({ ...viewsQuery(list), enabled: hasAccount });
  const views = orderedViews(builtInViews(me), saved.data?.rows ?? []);
  const { view, q, isChanged } = chosenView(views, address);
  // What an address means may hang on who looks and on what was saved; the rows wait for that, once.
  const isKnown = me !== undefined && (address.q !== undefined || !hasAccount || !saved.isPending);
  const filter = useMemo(() => filterOf(q, { definition, me: me?.name }), [q, definition, me?.name]);
  const go = (next: Address, replace = false) => {
    // A view is named as long as one is near it; without its own query the address stays short.
    const search = {
      view: next.view ?? view?.id,
      q: next.q,
      cursor: next.cursor,
      at: next.at,
    };
    void navigate({ to: '.', search, replace });
  };
  const filterBy = (text: string, replace = false) =>
    // An empty text is everything, which is a view of its own.
    go(text === '' ? { view: 'all' } : text === view?.q ? {} : { q: text }, replace);
  return (
    <>
      <div className="page-head">
        <div className="page-title">
          <h1>{definition === undefined ? 'Jobs' : `Jobs of ${definition}`}</h1>
          <ViewsNav
            list={list}
            views={views}
            chosen={view}
            q={q}
            isChanged={isChanged}
            maySave={hasAccount}
            onChoose={(chosen) => go({ view: chosen.id })}
          />
        </div>
        <div className="acts">
          <ExportMenu filter={filter} />
          <Href
            to={definition === undefined ? '/ui/services' : `/ui/services/${definition}`}
            className="button"
          >
            New job …
          </Href>
        </div>
      </div>
      <JobFilters
        q={q}
        at={at}
        definition={definition}
        onChange={filterBy}
        onNow={() => go({ q: address.q })}
      />
      <Facets filter={filter} q={q} onChange={filterBy} />
      <DeletedBar />
      {isKnown && (
        <JobRows
          filter={filter}
          place={{ ...(cursor === undefined ? {} : { cursor }), ...(at === undefined ? {} : { at }) }}
          showsOwner={seesAll(me)}
          empty={<NoJobs q={q} onClear={() => go({ view: 'all' })} definition={definition} />}
          onMove={(to) => go({ q: address.q, ...to })}
        />
      )}
    </>
  );
}

interface RowsProps {
  filter: UwsJobFilter;
  place: { cursor?: string; at?: string };
  showsOwner: boolean;
  empty: React.ReactNode;
  onMove: (to: { cursor?: string; at?: string }) => void;
}

function JobRows({ filter, place, showsOwner, empty, onMove }: RowsProps) {
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const query = jobsQuery(filter, place);
  const { data, error, refetch } = useQuery({ ...query, placeholderData: (before) => before });
  const columns = useColumns({ withDefinition: filter.definition === undefined, withOwner: showsOwner });
  const isNewest = place.cursor === undefined && place.at === undefined;
  const live = useLiveRows(query.queryKey, filter, isNewest);
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const [countOf, setCountOf] = useState<UwsJobFilter | undefined>();
  const counted = useQuery({ ...countQuery(filter), enabled: countOf === filter });
  const going = leaving.use();
  const showNewer = () => {
    live.forget();
    if (isNewest) void queryClient.invalidateQueries({ queryKey: query.queryKey });
    else onMove({});
  };
  const open = (row: UwsJobRow, inTab: boolean) => {
    const to = `/services/${row.definition}/jobs/${row.id}`;
    if (inTab) window.open(`/ui${to}`, '_blank', 'noopener');
    else void navigate({ to });
  };
  if (error !== null && data === undefined)
    return <ErrorPanel what="The jobs could not be read" error={error} retry={() => void refetch()} />;
  return (
    <>
      <DataTable
        label="Jobs, newest first"
        columns={columns}
        rows={data?.rows}
        rowKey={(row) => row.id}
        onOpen={open}
        changed={live.changed}
        leaving={new Set(going.map(({ id }) => id))}
        newer={{ n: live.newer.size, show: showNewer }}
        selection={{
          keys: picked,
          set: setPicked,
          acts: <BulkActs rows={data?.rows ?? []} picked={picked} onDone={() => setPicked(new Set())} />,
        }}
        empty={empty}
      />
      {data !== undefined && (
        <TableFoot
          n={data.rows.length}
          first={isNewest}
          about={data.about}
          tookMs={data.tookMs}
          onNewer={data.newer === null ? undefined : () => onMove({ cursor: data.newer as string })}
          onOlder={data.older === null ? undefined : () => onMove({ cursor: data.older as string })}
          onJump={(at) => onMove({ at })}
          exactly={{
            n: countOf === filter ? counted.data?.count : undefined,
            busy: counted.isFetching,
            ask: () => setCountOf(filter),
          }}
        />
      )}
    </>
  );
}
