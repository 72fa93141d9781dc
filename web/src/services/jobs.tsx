import type { Me, UwsJobFilter } from '@orrery/contracts';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import { KeysetTable } from '../shared/keyset-table.tsx';
import { Href } from '../shared/link.tsx';
import { type ListAddress, useListAddress } from '../shared/list-address.ts';
import { useMe } from '../shared/me.ts';
import { usePlace } from '../shared/page.ts';
import type { View } from '../shared/views.ts';
import { ViewsNav } from '../shared/views-nav.tsx';
import { DeletedBar } from './deleted-bar.tsx';
import { leaving } from './deletions.ts';
import { filterOf } from './filter.ts';
import { BulkActs } from './job-bulk.tsx';
import { useColumns } from './job-columns.tsx';
import { ExportMenu } from './job-export.tsx';
import { JobFacets } from './job-facets.tsx';
import { JobFilters, NoJobs } from './job-filters.tsx';
import { liveJobs } from './live.ts';
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

function Jobs({ definition }: { definition: string | undefined }) {
  const me = useMe();
  const list = definition === undefined ? 'uws.jobs' : 'uws.jobs-of-one';
  const address = useListAddress(list, builtInViews(me), me);
  const { q, at, filterBy } = address;
  const filter = useMemo(() => filterOf(q, { definition, me: me?.name }), [q, definition, me?.name]);
  return (
    <>
      <div className="page-head">
        <div className="page-title">
          <h1>{definition === undefined ? 'Jobs' : `Jobs of ${definition}`}</h1>
          <ViewsNav {...address.views} />
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
      <JobFilters q={q} at={at} definition={definition} onChange={filterBy} onNow={() => address.move({})} />
      <JobFacets filter={filter} q={q} onChange={filterBy} />
      <DeletedBar />
      {address.isKnown && (
        <JobRows
          filter={filter}
          address={address}
          showsOwner={seesAll(me)}
          empty={<NoJobs q={q} onClear={address.clear} definition={definition} />}
        />
      )}
    </>
  );
}

interface RowsProps {
  filter: UwsJobFilter;
  address: ListAddress;
  showsOwner: boolean;
  empty: React.ReactNode;
}

function JobRows({ filter, address, showsOwner, empty }: RowsProps) {
  const navigate = useNavigate();
  const columns = useColumns({ withDefinition: filter.definition === undefined, withOwner: showsOwner });
  const going = leaving.use();
  return (
    <KeysetTable
      label="Jobs, newest first"
      failure="The jobs could not be read"
      query={jobsQuery(filter, address.place)}
      counted={countQuery(filter)}
      place={address.place}
      live={liveJobs(filter)}
      columns={columns}
      pageOf={(row) => `/services/${row.definition}/jobs/${row.id}`}
      leaving={new Set(going.map(({ id }) => id))}
      acts={(rows, picked, onDone) => <BulkActs rows={rows} picked={picked} onDone={onDone} />}
      empty={empty}
      onOpen={(to) => void navigate({ to })}
      onMove={address.move}
    />
  );
}
