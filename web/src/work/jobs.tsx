import {
  type Me,
  type PandaJobFilter,
  type PandaJobPage,
  pandaErrorSources,
  pandaJobStates,
} from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { Empty } from '../shared/blanks.tsx';
import { useColumnChoice } from '../shared/column-choice.tsx';
import { Facets, useFreshFigures } from '../shared/facets.tsx';
import { KeysetTable } from '../shared/keyset-table.tsx';
import { type ListAddress, useListAddress } from '../shared/list-address.ts';
import { useMe } from '../shared/me.ts';
import { MenuButton } from '../shared/menu-button.tsx';
import { usePlace } from '../shared/page.ts';
import { TermFilter } from '../shared/term-filter.tsx';
import { Time } from '../shared/time.tsx';
import type { View } from '../shared/views.ts';
import { ViewsNav } from '../shared/views-nav.tsx';
import { ErrorsOfView } from './errors-of-view.tsx';
import { filterFields, filterOf, problemsOf, termsOf, textOf, without } from './filter.ts';
import { BulkActs, BulkResult } from './job-bulk.tsx';
import { fixedColumns, useJobColumns, usualColumns } from './job-columns.tsx';
import { jobTopic, liveJobs } from './live.ts';
import { exportHref, facetsQuery, jobsQuery, queuesQuery, sharesQuery } from './queries.ts';

/** States that have a number though nothing is in them. */
const shownStates = ['activated', 'running', 'holding', 'transferring', 'finished', 'failed', 'cancelled'];

/** Callers without such a role see their own jobs only. */
export const seesAll = (me: Me | undefined): boolean =>
  me?.permissions.some((each) => each === 'panda.production' || each === 'panda.operate') === true;

function builtInViews(me: Me | undefined): View[] {
  return [
    { id: 'all', name: 'All', q: '' },
    ...(seesAll(me) ? [{ id: 'mine', name: 'Mine', q: 'owner:me' }] : []),
    { id: 'running', name: 'Running now', q: 'status:running status:stagein status:stageout' },
    { id: 'waiting', name: 'Waiting', q: 'status:activated status:defined status:assigned status:pending' },
    { id: 'failed', name: 'Failed', q: 'status:failed' },
  ];
}

/** Jobs, live ones and the archive together, newest first. */
export function Jobs() {
  usePlace([{ label: 'Work', to: '/work' }, { label: 'Jobs' }]);
  const me = useMe();
  const address = useListAddress('panda.jobs', builtInViews(me), me);
  const { q, filterBy } = address;
  const filter = useMemo(() => filterOf(q, me?.name), [q, me?.name]);
  const { columns, menu } = useColumnChoice('panda.jobs', useJobColumns(), usualColumns, fixedColumns);
  const [showsErrors, setShowsErrors] = useState(false);
  const { data: queues } = useQuery({ ...queuesQuery, refetchInterval: false });
  const { data: shares } = useQuery({ ...sharesQuery, refetchInterval: false });
  const valuesOf = (field: string): readonly string[] => {
    if (field === 'status') return pandaJobStates;
    if (field === 'owner') return ['me'];
    if (field === 'queue') return queues?.rows.map(({ queue }) => queue) ?? [];
    if (field === 'share') return shares?.rows.flatMap(({ leaf, name }) => (leaf ? [name] : [])) ?? [];
    return field === 'error' ? pandaErrorSources : [];
  };
  return (
    <>
      <div className="page-head">
        <div className="page-title">
          <h1>Jobs</h1>
          <ViewsNav {...address.views} />
        </div>
        <div className="acts">
          <button
            type="button"
            className="button"
            aria-pressed={showsErrors}
            onClick={() => setShowsErrors(!showsErrors)}
          >
            Errors of this view
          </button>
          {menu}
          <ExportMenu filter={filter} />
        </div>
      </div>
      <TermFilter
        q={q}
        terms={termsOf(q)}
        textOf={textOf}
        problems={problemsOf(q)}
        placeholder="status:failed queue:LOCAL error:pilot:1305"
        fields={filterFields}
        valuesOf={valuesOf}
        onChange={filterBy}
      />
      <JobFacets filter={filter} q={q} onChange={filterBy} />
      {showsErrors && <ErrorsOfView filter={filter} q={q} onChoose={filterBy} />}
      <BulkResult />
      {address.isKnown && <Rows filter={filter} columns={columns} address={address} />}
    </>
  );
}

/** How many jobs there are in each state; each number is the list of them. */
function JobFacets({
  filter,
  q,
  onChange,
}: {
  filter: PandaJobFilter;
  q: string;
  onChange: (text: string) => void;
}) {
  const { status: chosen = [], ...others } = filter;
  const { data } = useQuery(facetsQuery(others));
  useFreshFigures(jobTopic, ['panda', 'facets']);
  const hours = data?.finalHours ?? null;
  return (
    <Facets
      label="Jobs by state"
      family="pandaJob"
      counts={data?.states}
      always={shownStates}
      order={pandaJobStates}
      chosen={chosen}
      exact={data?.exact ?? true}
      {...(hours === null ? {} : { note: `ended ones: last ${hours} h` })}
      onChoose={(states) =>
        onChange(textOf([...states.map((value) => ({ field: 'status', value })), ...without(q, 'status')]))
      }
    />
  );
}

/** The whole view as a file; the browser saves it while the server still reads. */
function ExportMenu({ filter }: { filter: PandaJobFilter }) {
  return (
    <MenuButton
      label="Export …"
      className="button"
      acts={[
        {
          label: 'CSV',
          note: 'all rows of this view, for a spreadsheet',
          download: exportHref(filter, 'csv'),
        },
        { label: 'JSON lines', note: 'all rows, for a program', download: exportHref(filter, 'jsonl') },
      ]}
    />
  );
}

interface RowsProps {
  filter: PandaJobFilter;
  columns: ReturnType<typeof useJobColumns>;
  address: ListAddress;
}

function Rows({ filter, columns, address }: RowsProps) {
  const navigate = useNavigate();
  const { q, place } = address;
  return (
    <KeysetTable
      label="Jobs, newest first"
      failure="The jobs could not be read"
      query={jobsQuery(filter, place)}
      place={place}
      live={liveJobs(filter)}
      columns={columns}
      pageOf={(row) => `/work/jobs/${row.id}`}
      acts={(rows, picked, onDone) => <BulkActs rows={rows} picked={picked} onDone={onDone} />}
      empty={<NoJobs q={q} isFurther={place.cursor !== undefined} onClear={address.clear} />}
      note={(page: PandaJobPage) => <Searched page={page} onMove={address.move} />}
      onJump={(at: string) =>
        address.filterBy(textOf([...without(q, 'before'), { field: 'before', value: at }]))
      }
      onOpen={(to) => void navigate({ to })}
      onMove={address.move}
    />
  );
}

/** A search that stopped for its time says how far it got, and goes on when asked. */
function Searched({ page, onMove }: { page: PandaJobPage; onMove: ListAddress['move'] }) {
  const { searchedTo, older } = page;
  if (searchedTo === null || older === null) return null;
  return (
    <p className="small quiet" role="status">
      Searched down to job <span className="mono">{searchedTo.id}</span>
      {searchedTo.createdAt !== null && (
        <>
          , made <Time at={searchedTo.createdAt} />
        </>
      )}
      .{' '}
      <button type="button" className="link" onClick={() => onMove({ cursor: older })}>
        Search on
      </button>
    </p>
  );
}

function NoJobs({ q, isFurther, onClear }: { q: string; isFurther: boolean; onClear: () => void }) {
  if (q === '' && !isFurther) {
    return (
      <Empty title="No job yet">
        Jobs come from <span className="mono">orrery panda job submit</span>, from a PanDA client, or from a
        program that speaks its interface.
      </Empty>
    );
  }
  return (
    <Empty
      title={isFurther ? 'No more job matches' : 'No job matches'}
      act={
        <button type="button" className="button small" onClick={onClear}>
          Show all jobs
        </button>
      }
    >
      {q !== '' && (
        <>
          The filter is <span className="mono">{q}</span>.
        </>
      )}
    </Empty>
  );
}
