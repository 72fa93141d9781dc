import type { CrdsContextPage, CrdsContextRow, CrdsHistoryPage, CrdsHistoryRow } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { Empty } from '../shared/blanks.tsx';
import type { Column } from '../shared/data-table.tsx';
import { FilterBar } from '../shared/filter-bar.tsx';
import { KeysetTable } from '../shared/keyset-table.tsx';
import { Href } from '../shared/link.tsx';
import { usePlace } from '../shared/page.ts';
import { State } from '../shared/state-badge.tsx';
import { Tabs } from '../shared/tabs.tsx';
import { Time } from '../shared/time.tsx';
import { contextHref, crumbsOf, diffHref, useAddress, useObservatory } from './address.ts';
import { Builds, RemoteContexts } from './builds.tsx';
import './calibration.css';
import { stateWord } from './file-state.tsx';
import { HistoryContext, HistoryDiff } from './history-table.tsx';
import { stillList, useLiveContexts } from './live.ts';
import { contextsQuery, historyQuery, observatoryQuery } from './queries.ts';
import { SetContext } from './set-context.tsx';

/** Which context was in force when, and all contexts there are; two that are ticked are compared. */
export function ContextsPage() {
  const observatory = useObservatory();
  usePlace(crumbsOf(observatory, { label: 'Contexts' }));
  useLiveContexts(observatory);
  const [{ tab = 'history' }, go] = useAddress();
  const [isSetting, setSetting] = useState(false);
  const { data } = useQuery(observatoryQuery(observatory));
  const { latest = null, edit = null } = data?.contexts ?? {};
  return (
    <>
      <div className="page-head">
        <h1>
          Contexts{' '}
          {latest !== null && (
            <span className="rest">
              {latest} is latest{edit !== null && edit !== latest && `, ${edit} is edit`}
            </span>
          )}
        </h1>
        <div className="acts">
          {latest !== null && edit !== null && edit !== latest && (
            <Href to={diffHref(observatory, latest, edit)} className="button">
              Latest against edit
            </Href>
          )}
          {data?.acts.operate === true && (
            <button type="button" className="button" onClick={() => setSetting(true)}>
              Set context …
            </button>
          )}
        </div>
      </div>
      <Tabs
        label="Contexts"
        chosen={tab}
        onChoose={(next) =>
          go({ tab: next === 'history' ? undefined : next, pick: undefined, cursor: undefined })
        }
        tabs={[
          { id: 'history', label: 'History' },
          { id: 'all', label: 'All contexts' },
          { id: 'builds', label: 'Builds' },
          { id: 'remote', label: 'Elsewhere' },
        ]}
      />
      <div id="tab-panel" role="tabpanel" aria-labelledby={`tab-${tab}`} className="stack">
        {tab === 'all' ? (
          <AllContexts observatory={observatory} />
        ) : tab === 'builds' ? (
          <Builds observatory={observatory} />
        ) : tab === 'remote' ? (
          <RemoteContexts observatory={observatory} />
        ) : (
          <History observatory={observatory} />
        )}
      </div>
      {isSetting && data !== undefined && <SetContext observatory={data} onClose={() => setSetting(false)} />}
    </>
  );
}

/** Rows that are ticked, in the address as `pick`, and what can be done with two of them. */
function usePicked(observatory: string) {
  const [{ pick = '' }, go] = useAddress();
  const navigate = useNavigate();
  const keys = new Set(pick.split(',').filter((key) => key !== ''));
  return {
    keys,
    set: (next: ReadonlySet<string>) => go({ pick: [...next].join(',') || undefined }, true),
    acts: (names: readonly string[]) => {
      const [after, before] = names;
      const problem = names.length === 2 ? undefined : 'Tick two contexts';
      return (
        <button
          type="button"
          className="button small"
          disabled={problem !== undefined}
          title={problem}
          onClick={() => {
            if (before !== undefined && after !== undefined)
              void navigate({
                to: `/calibration/${observatory}/diff`,
                search: { old: before, new: after },
              });
          }}
        >
          {before !== undefined && problem === undefined ? `Compare ${before} with ${after}` : 'Compare two'}
        </button>
      );
    },
  };
}

const historyColumns = (observatory: string): Column<CrdsHistoryRow>[] => [
  {
    id: 'context',
    head: 'Context',
    narrow: 'keep',
    cell: (row) => <HistoryContext observatory={observatory} row={row} />,
  },
  {
    id: 'since',
    head: 'Latest since',
    narrow: 'keep',
    cell: (row) => <Time at={row.startedAt} seconds={false} />,
  },
  {
    id: 'until',
    head: 'Until',
    cell: (row) =>
      row.endedAt === null ? <span className="faint">now</span> : <Time at={row.endedAt} seconds={false} />,
  },
  {
    id: 'description',
    head: 'Why',
    fill: true,
    full: (row) => row.description,
    cell: (row) => (row.description === '' ? '–' : row.description),
  },
  { id: 'by', head: 'By', cell: (row) => row.by },
  {
    id: 'diff',
    head: 'Compare',
    quietHead: true,
    cell: (row) => <HistoryDiff observatory={observatory} row={row} />,
  },
];

function History({ observatory }: { observatory: string }) {
  const [{ cursor }, go] = useAddress();
  const navigate = useNavigate();
  const picked = usePicked(observatory);
  return (
    <KeysetTable<CrdsHistoryRow, CrdsHistoryPage>
      label="Contexts that were latest, newest first"
      failure="The history could not be read"
      query={historyQuery(observatory, 100, cursor === undefined ? {} : { cursor })}
      place={cursor === undefined ? {} : { cursor }}
      live={stillList((row) => String(row.id))}
      columns={historyColumns(observatory)}
      pageOf={(row) => contextHref(observatory, row.context).slice('/ui'.length)}
      picked={picked}
      acts={(rows, keys) =>
        picked.acts(rows.filter((row) => keys.has(String(row.id))).map((row) => row.context))
      }
      empty={
        <Empty title="No context has been in force yet">
          An operator sets one, or <span className="mono">orrery crds import --latest NAME.pmap</span>.
        </Empty>
      }
      onJump={null}
      onOpen={(to) => void navigate({ to })}
      onMove={(to) => go({ cursor: to.cursor })}
    />
  );
}

const contextColumns = (observatory: string): Column<CrdsContextRow>[] => [
  {
    id: 'state',
    head: 'State',
    narrow: 'keep',
    cell: (row) => (
      <State family="crdsFile" word={row.roles.includes('latest') ? 'latest' : stateWord(row)} />
    ),
  },
  {
    id: 'name',
    head: 'Context',
    narrow: 'keep',
    cell: (row) => (
      <Href to={contextHref(observatory, row.name)} className="mono">
        {row.name}
      </Href>
    ),
  },
  { id: 'roles', head: 'For', cell: (row) => row.roles.join(', ') || <span className="faint">–</span> },
  {
    id: 'builds',
    head: 'Builds',
    cell: (row) => row.builds.join(', ') || <span className="faint">–</span>,
  },
  {
    id: 'latest',
    head: 'Was latest',
    cell: (row) =>
      row.latestAt === null ? (
        <span className="faint">never</span>
      ) : (
        <Time at={row.latestAt} seconds={false} />
      ),
  },
  {
    id: 'description',
    head: 'What was said',
    fill: true,
    full: (row) => remarkOf(row) || undefined,
    cell: (row) => remarkOf(row) || <span className="faint">–</span>,
  },
  {
    id: 'derived',
    head: 'Made from',
    cell: (row) =>
      row.derivedFrom === '' ? (
        <span className="faint">–</span>
      ) : (
        <Href to={contextHref(observatory, row.derivedFrom)} className="mono">
          {row.derivedFrom}
        </Href>
      ),
  },
];

/** What matters most about a context, in a sentence. */
function remarkOf({ unusable, badReason, description }: CrdsContextRow): string {
  return unusable === null ? badReason || description || '' : `cannot be used: ${unusable}`;
}

function AllContexts({ observatory }: { observatory: string }) {
  const [{ cursor, q = '' }, go] = useAddress();
  const navigate = useNavigate();
  const picked = usePicked(observatory);
  return (
    <>
      <FilterBar
        value={q}
        onChange={(text) => go({ q: text || undefined, cursor: undefined }, true)}
        placeholder="part of a name"
        fields={[]}
      />
      <KeysetTable<CrdsContextRow, CrdsContextPage>
        label="Contexts, newest first"
        failure="The contexts could not be read"
        query={contextsQuery(
          observatory,
          { limit: 100, ...(q === '' ? {} : { text: q }) },
          cursor === undefined ? {} : { cursor },
        )}
        place={cursor === undefined ? {} : { cursor }}
        live={stillList((row) => row.name)}
        columns={contextColumns(observatory)}
        pageOf={(row) => contextHref(observatory, row.name).slice('/ui'.length)}
        picked={picked}
        acts={(rows, keys) => picked.acts(rows.filter((row) => keys.has(row.name)).map((row) => row.name))}
        empty={<Empty title={q === '' ? 'There is no context yet' : `No context is called “${q}”`} />}
        onJump={null}
        onOpen={(to) => void navigate({ to })}
        onMove={(to) => go({ cursor: to.cursor })}
      />
    </>
  );
}
