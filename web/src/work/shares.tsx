import type { PandaShareRow, PandaShareTree } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { Fragment, useState } from 'react';
import { Empty, ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { bytes, count, measure, percent, plural } from '../shared/format.ts';
import { Href } from '../shared/link.tsx';
import { usePlace } from '../shared/page.ts';
import { FacePill } from '../shared/state-badge.tsx';
import { runningStates, waitingStates } from './attention.ts';
import { jobsHref } from './filter.ts';
import { resourceTypesQuery, sharesQuery } from './queries.ts';
import { ShareBar } from './share-bar.tsx';
import { ShareDialog } from './share-dialog.tsx';
import './work.css';

/** The tree of shares: what each should have, what it has, what waits in it and whose turn is next. */
export function Shares() {
  usePlace([{ label: 'Work', to: '/work' }, { label: 'Shares' }]);
  const { data, error, refetch } = useQuery(sharesQuery);
  return (
    <>
      <h1>Shares {data !== undefined && <span className="rest">{sentence(data)}</span>}</h1>
      {data !== undefined ? (
        <>
          <Tree tree={data} />
          <Outside tree={data} />
        </>
      ) : error !== null ? (
        <ErrorPanel what="The shares could not be read" error={error} retry={() => void refetch()} />
      ) : (
        <div className="panel">
          <SkeletonRows rows={8} />
        </div>
      )}
      <ResourceTypes />
    </>
  );
}

function sentence({ rows }: PandaShareTree): string {
  const next = rows.find((row) => row.turn === 1);
  const waiting = rows.reduce((sum, row) => sum + (row.leaf ? row.queuedJobs : 0), 0);
  if (waiting === 0) return 'nothing waits for a pilot';
  return `${plural(waiting, 'job')} ${waiting === 1 ? 'waits' : 'wait'}${next === undefined ? '' : `; ${next.name} is next`}`;
}

/** How far from its target a share is, in words; nothing within a percent of everything. */
function gap({ actual, target, queuedJobs }: PandaShareRow): string {
  if (actual === null) return '';
  const off = actual - target;
  if (Math.abs(off) < 1) return 'as it should';
  if (off > 0) return `${measure(off)} % too much`;
  return queuedJobs === 0 ? 'asks for less' : `${measure(-off)} % too little`;
}

function Tree({ tree }: { tree: PandaShareTree }) {
  const [editing, setEditing] = useState<PandaShareRow | undefined>();
  if (tree.rows.length === 0)
    return (
      <div className="panel">
        <Empty title="No share is defined">Every job then takes its turn by priority alone.</Empty>
      </div>
    );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, by keys too
    <div className="panel scroll-x" tabIndex={0}>
      <table className="table medium shares" aria-label="Shares">
        <thead>
          <tr>
            <th scope="col">Share</th>
            <th scope="col" className="num wide-only">
              within its parent
            </th>
            <th scope="col" className="wide-only">
              <span className="only-read">As a bar</span>
            </th>
            <th scope="col" className="num">
              has
            </th>
            <th scope="col" className="num">
              should
            </th>
            <th scope="col">
              <span className="only-read">How far from it</span>
            </th>
            <th scope="col" className="num">
              running
            </th>
            <th scope="col" className="num">
              waiting
            </th>
            <th scope="col" className="num">
              turn
            </th>
            {tree.mayChange && (
              <th scope="col">
                <span className="only-read">Act</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {tree.rows.map((row) => (
            <tr key={row.name}>
              <th
                scope="row"
                className={row.leaf ? '' : 'strong'}
                style={{ paddingLeft: 16 + 18 * row.depth }}
              >
                {row.name} {row.throttled && <FacePill face="waiting" word="throttled" />}
                {row.leaf && <span className="sub">{matcherText(row)}</span>}
              </th>
              <td className="num wide-only">{measure(row.value)}</td>
              <td className="fill wide-only">
                <ShareBar row={row} />
              </td>
              <td className="num">{row.actual === null ? '–' : percent(row.actual / 100)}</td>
              <td className="num">{percent(row.target / 100)}</td>
              <td className="small quiet">{gap(row)}</td>
              <td className="num">
                <Jobs row={row} n={row.executingJobs} states={runningStates} />
              </td>
              <td className="num">
                <Jobs row={row} n={row.queuedJobs} states={waitingStates} />
              </td>
              <td className="num">{row.turn ?? <span className="faint">–</span>}</td>
              {tree.mayChange && (
                <td className="num">
                  <button
                    type="button"
                    className="button small"
                    aria-label={`Change ${row.name}`}
                    onClick={() => setEditing(row)}
                  >
                    Change …
                  </button>
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {editing !== undefined && (
        <ShareDialog row={editing} rows={tree.rows} onClose={() => setEditing(undefined)} />
      )}
    </div>
  );
}

function Jobs({ row, n, states }: { row: PandaShareRow; n: number; states: readonly string[] }) {
  if (n === 0) return <span className="faint">·</span>;
  return row.leaf ? (
    <Href to={jobsHref({ status: states, share: row.name })} className="plain">
      {count(n)}
    </Href>
  ) : (
    count(n)
  );
}

function matcherText({ matchers }: PandaShareRow): string {
  const parts = Object.entries(matchers).map(([name, pattern]) => `${name} ${pattern}`);
  return parts.length === 0 ? 'takes every job that comes to it' : parts.join(', ');
}

/** Jobs of shares that no longer exist. */
function Outside({ tree }: { tree: PandaShareTree }) {
  if (tree.outside.length === 0) return null;
  return (
    <p className="small quiet">
      Outside the tree:{' '}
      {tree.outside.map(({ share, executingJobs, queuedJobs }, index) => (
        <Fragment key={share}>
          {index > 0 && ', '}
          <Href to={jobsHref({ share })}>{share}</Href> with {count(executingJobs)} running and{' '}
          {count(queuedJobs)} waiting
        </Fragment>
      ))}
      . They go after all others.
    </p>
  );
}

/** What jobs ask for, in the classes that queues and shares speak of. */
function ResourceTypes() {
  const { data, error } = useQuery(resourceTypesQuery);
  if (error !== null && data === undefined)
    return <ErrorPanel what="The resource types could not be read" error={error} />;
  if (data === undefined || data.rows.length === 0) return null;
  const range = (from: number | null, to: number | null, words: (n: number) => string) => {
    if (from === to) return from === null ? 'any' : words(from);
    if (to === null) return `from ${words(from ?? 0)}`;
    return from === null || from === 0 ? `up to ${words(to)}` : `${words(from)} to ${words(to)}`;
  };
  return (
    <section>
      <div className="section-head">
        <h2>Resource types</h2>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, by keys too */}
      <div className="panel scroll-x" tabIndex={0}>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Type</th>
              <th scope="col">Cores</th>
              <th scope="col">Memory per core</th>
              <th scope="col" className="num">
                running
              </th>
              <th scope="col" className="num">
                waiting
              </th>
            </tr>
          </thead>
          <tbody>
            {data.rows.map((row) => (
              <tr key={row.name}>
                <th scope="row">
                  <Href to={jobsHref({ resource: row.name })} className="plain mono">
                    {row.name}
                  </Href>
                </th>
                <td>{range(row.minCores, row.maxCores, (n) => count(n))}</td>
                <td className="fill">{range(row.minMemoryMb, row.maxMemoryMb, (n) => bytes(n * 1e6))}</td>
                <td className="num">{count(row.executingJobs)}</td>
                <td className="num">{count(row.queuedJobs)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
