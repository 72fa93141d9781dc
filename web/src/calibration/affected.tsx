import { type CrdsAffectedPage, type CrdsAffectedRun, crdsRunStates } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { Empty } from '../shared/blanks.tsx';
import type { Column } from '../shared/data-table.tsx';
import { Chip, FilterBar } from '../shared/filter-bar.tsx';
import { count, duration, percent } from '../shared/format.ts';
import { KeysetTable } from '../shared/keyset-table.tsx';
import { Href } from '../shared/link.tsx';
import { useSlowNow } from '../shared/now.ts';
import { usePlace } from '../shared/page.ts';
import { State } from '../shared/state-badge.tsx';
import { Time } from '../shared/time.tsx';
import { crumbsOf, pageHref, useAddress, useObservatory } from './address.ts';
import './calibration.css';
import { Choice } from './choice.tsx';
import { stillList, useLiveContexts } from './live.ts';
import { affectedQuery, isLiveRun, observatoryQuery } from './queries.ts';
import { StartRun } from './start-run.tsx';

const runHref = (observatory: string, id: number) => pageHref(observatory, `affected/${id}`);

const columnsOf = (observatory: string, now: number): Column<CrdsAffectedRun>[] => [
  { id: 'state', head: 'State', narrow: 'keep', cell: (row) => <State family="crdsRun" word={row.state} /> },
  {
    id: 'pair',
    head: 'From → to',
    narrow: 'keep',
    cell: (row) => (
      <Href to={runHref(observatory, row.id)} className="mono wrap-narrow">
        {row.old} → {row.new}
      </Href>
    ),
  },
  {
    id: 'affected',
    head: 'Affected',
    num: true,
    narrow: 'keep',
    cell: (row) => (row.affected === 0 ? <span className="faint">·</span> : count(row.affected)),
  },
  {
    id: 'looked',
    head: 'Looked at',
    num: true,
    cell: (row) =>
      row.total === null
        ? count(row.looked)
        : isLiveRun(row.state) && row.total > 0
          ? `${percent(row.looked / row.total)} of ${count(row.total)}`
          : count(row.looked),
  },
  {
    id: 'errors',
    head: 'Errors',
    num: true,
    cell: (row) =>
      row.errors === 0 ? (
        <span className="faint">·</span>
      ) : (
        <span className="tone-bad">{count(row.errors)}</span>
      ),
  },
  {
    id: 'message',
    head: 'What is said',
    fill: true,
    full: (row) => row.message,
    cell: (row) => row.message || <span className="faint">–</span>,
  },
  { id: 'by', head: 'By', cell: (row) => row.by },
  {
    id: 'took',
    head: 'Took',
    num: true,
    cell: (row) =>
      row.startedAt === null
        ? '–'
        : duration(
            Math.max(0, (row.endedAt === null ? now : Date.parse(row.endedAt)) - Date.parse(row.startedAt)) /
              1000,
          ),
  },
  { id: 'made', head: 'Asked', num: true, cell: (row) => <Time at={row.createdAt} seconds={false} /> },
];

/** Comparisons of two contexts over all datasets: which of them get other references. */
export function AffectedPage() {
  const observatory = useObservatory();
  usePlace(crumbsOf(observatory, { label: 'Affected data' }));
  useLiveContexts(observatory);
  const [{ state, context, cursor }, go] = useAddress();
  const navigate = useNavigate();
  const now = useSlowNow();
  const columns = useMemo(() => columnsOf(observatory, now), [observatory, now]);
  const [isStarting, setStarting] = useState(false);
  const { data } = useQuery(observatoryQuery(observatory));
  const chosen = crdsRunStates.find((each) => each === state);
  const place = cursor === undefined ? {} : { cursor };
  const query = affectedQuery(
    observatory,
    {
      limit: 100,
      ...(chosen === undefined ? {} : { state: [chosen] }),
      ...(context === undefined ? {} : { context }),
    },
    place,
  );
  const hasFilter = state !== undefined || context !== undefined;
  return (
    <>
      <div className="page-head">
        <h1>
          Affected data <span className="rest">which datasets a new context changes</span>
        </h1>
        {data?.acts.operate === true && (
          <div className="acts">
            <button type="button" className="button" onClick={() => setStarting(true)}>
              Compare two contexts …
            </button>
          </div>
        )}
      </div>
      <FilterBar
        value={context ?? ''}
        onChange={(text) => go({ context: text || undefined, cursor: undefined }, true)}
        placeholder="a context, old or new"
        fields={[]}
      >
        <Choice
          name="state"
          value={state}
          options={crdsRunStates}
          onChange={(next) => go({ state: next, cursor: undefined })}
        />
        {context !== undefined && (
          <Chip name="context" onRemove={() => go({ context: undefined, cursor: undefined })}>
            {context}
          </Chip>
        )}
      </FilterBar>
      <KeysetTable<CrdsAffectedRun, CrdsAffectedPage>
        label="Comparisons, newest first"
        failure="The comparisons could not be read"
        query={{
          ...query,
          refetchInterval: ({ state: { data: page } }) => (hasLiveRun(page) ? 3_000 : false),
        }}
        place={place}
        live={stillList((row) => String(row.id))}
        columns={columns}
        pageOf={(row) => runHref(observatory, row.id).slice('/ui'.length)}
        empty={
          hasFilter ? (
            <Empty
              title="No comparison matches"
              act={
                <button
                  type="button"
                  className="button small"
                  onClick={() => go({ state: undefined, context: undefined, cursor: undefined })}
                >
                  Show all comparisons
                </button>
              }
            />
          ) : (
            <Empty title="No comparison has been made yet">
              One is made by itself as soon as the latest context changes and datasets are registered.
            </Empty>
          )
        }
        onJump={null}
        onOpen={(to) => void navigate({ to })}
        onMove={(to) => go({ cursor: to.cursor })}
      />
      {isStarting && data !== undefined && <StartRun observatory={data} onClose={() => setStarting(false)} />}
    </>
  );
}

const hasLiveRun = (page: CrdsAffectedPage | undefined): boolean =>
  page?.rows.some((row) => isLiveRun(row.state)) === true;
