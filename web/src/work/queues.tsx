import { type PandaJobState, type PandaQueueRow, pandaQueueStates } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { Empty, ErrorPanel } from '../shared/blanks.tsx';
import type { Column } from '../shared/data-table.tsx';
import { Facets } from '../shared/facets.tsx';
import { count, duration, plural } from '../shared/format.ts';
import { Glyph } from '../shared/glyphs.tsx';
import { Href } from '../shared/link.tsx';
import { LocalTable } from '../shared/local-table.tsx';
import { useMe } from '../shared/me.ts';
import { useSlowNow } from '../shared/now.ts';
import { usePlace } from '../shared/page.ts';
import { State } from '../shared/state-badge.tsx';
import { TermFilter } from '../shared/term-filter.tsx';
import {
  attentionOf,
  finishingStates,
  jobsIn,
  queuesInNeed,
  runningStates,
  waitingStates,
} from './attention.ts';
import { jobsHref } from './filter.ts';
import { queuesQuery } from './queries.ts';
import { matches, queueFields, queueProblems, queueTerms, queueText } from './queue-filter.ts';

/** A number that opens the list of its jobs; a zero is a dot. */
function jobs(id: string, head: string, states: readonly PandaJobState[]): Column<PandaQueueRow> {
  return {
    id,
    head,
    num: true,
    sortBy: (row) => jobsIn(row.jobs, states),
    cell(row) {
      const n = jobsIn(row.jobs, states);
      if (n === 0) return <span className="faint">·</span>;
      return (
        <Href to={jobsHref({ status: states, queue: row.queue })} className="plain">
          {count(n)}
        </Href>
      );
    },
  };
}

function ended(id: 'finished' | 'failed', head: string): Column<PandaQueueRow> {
  return {
    id,
    head,
    num: true,
    sortBy: (row) => row[id],
    cell: (row) =>
      row[id] === 0 ? (
        <span className="faint">·</span>
      ) : (
        <Href to={jobsHref({ status: id, queue: row.queue })} className="plain">
          {count(row[id])}
        </Href>
      ),
  };
}

function useColumns(): Column<PandaQueueRow>[] {
  const now = useSlowNow();
  return useMemo(
    () => [
      {
        id: 'status',
        head: 'State',
        narrow: 'keep',
        sortBy: (row) => pandaQueueStates.indexOf(row.status),
        full: (row) => row.statusReason,
        cell: (row) => <State family="worker" word={row.status} />,
      },
      {
        id: 'queue',
        head: 'Queue',
        narrow: 'keep',
        sortBy: (row) => row.queue,
        cell: (row) => (
          <Link to="/work/queues/$name" params={{ name: row.queue }} className="mono">
            {row.queue}
          </Link>
        ),
      },
      { id: 'site', head: 'Site', sortBy: (row) => row.site, cell: (row) => row.site },
      { ...jobs('waiting', 'Waiting', waitingStates), narrow: 'keep' },
      jobs('running', 'Running', runningStates),
      jobs('finishing', 'Storing', finishingStates),
      ended('finished', 'Finished, 2 h'),
      ended('failed', 'Failed, 2 h'),
      {
        id: 'given',
        head: 'Pilots got',
        num: true,
        sortBy: (row) => row.given,
        full: (row) =>
          `in the last hour pilots asked for ${plural(row.asked, 'job')} and got ${count(row.given)}`,
        cell: (row) =>
          row.asked === 0 ? <span className="faint">·</span> : `${count(row.given)} of ${count(row.asked)}`,
      },
      {
        id: 'pilot',
        head: 'Last pilot',
        num: true,
        sortBy: (row) => row.lastPilotAt ?? '',
        cell: (row) =>
          row.lastPilotAt === null ? (
            <span className="faint">never</span>
          ) : (
            `${duration(Math.max(0, (now - Date.parse(row.lastPilotAt)) / 1000))} ago`
          ),
      },
      {
        id: 'active',
        head: 'Active',
        num: true,
        sortBy: (row) => row.lastActivityAt ?? '',
        cell: (row) =>
          row.lastActivityAt === null ? (
            <span className="faint">never</span>
          ) : (
            `${duration(Math.max(0, (now - Date.parse(row.lastActivityAt)) / 1000))} ago`
          ),
      },
      {
        id: 'why',
        head: 'What to look at',
        fill: true,
        full: (row) => attentionOf(row, now)?.why ?? row.statusReason,
        cell: (row) => <What row={row} now={now} />,
      },
    ],
    [now],
  );
}

function What({ row, now }: { row: PandaQueueRow; now: number }) {
  const attention = attentionOf(row, now);
  if (attention !== undefined)
    return (
      <>
        <Glyph face={attention.face} size={12} /> {attention.why}
      </>
    );
  return row.status === 'online' ? null : <span className="quiet">{row.statusReason}</span>;
}

/** All queues: state, jobs, pilots, and which ones want a look. */
export function Queues() {
  usePlace([{ label: 'Work', to: '/work' }, { label: 'Queues' }]);
  const { q = '', sort, from } = useSearch({ strict: false }) as { q?: string; sort?: string; from?: string };
  const navigate = useNavigate();
  const now = useSlowNow();
  const mayOperate = useMe()?.permissions.includes('panda.operate') === true;
  const { data, error, refetch } = useQuery(queuesQuery);
  const columns = useColumns();
  const terms = queueTerms(q);
  const others = terms.filter((term) => term.field !== 'status');
  const all = data?.rows;
  const rows = all?.filter((row) => matches(row, terms));
  const search = (text: string) =>
    void navigate({ to: '.', search: { q: text === '' ? undefined : text, sort }, replace: true });
  return (
    <>
      <div className="page-head">
        <h1>
          Queues{' '}
          {all !== undefined && all.length > 0 && (
            <span className="rest">{sentence(queuesInNeed(all, now).length)}</span>
          )}
        </h1>
        {mayOperate && (
          <div className="acts">
            <Link to="/work/queues/$name" params={{ name: '-' }} className="button">
              New queue …
            </Link>
          </div>
        )}
      </div>
      <TermFilter
        q={q}
        terms={terms}
        textOf={queueText}
        problems={queueProblems(q)}
        placeholder="status:online site:north part of a name"
        fields={queueFields}
        valuesOf={(field) => (field === 'status' ? pandaQueueStates : [])}
        onChange={search}
      />
      <Facets
        label="Queues by state"
        family="worker"
        counts={all === undefined ? undefined : countsOf(all.filter((row) => matches(row, others)))}
        always={pandaQueueStates}
        order={pandaQueueStates}
        chosen={terms.flatMap(({ field, value, not }) => (field === 'status' && !not ? [value] : []))}
        exact
        onChoose={(states) =>
          search(queueText([...states.map((value) => ({ field: 'status', value })), ...others]))
        }
      />
      {error !== null && data === undefined ? (
        <ErrorPanel what="The queues could not be read" error={error} retry={() => void refetch()} />
      ) : (
        <LocalTable
          label="Queues"
          columns={columns}
          rows={rows}
          rowKey={(row) => row.queue}
          tookMs={data?.tookMs ?? 0}
          sort={sort}
          from={Number(from ?? 0) || 0}
          order="by name"
          onPlace={(place) => void navigate({ to: '.', search: { q: q === '' ? undefined : q, ...place } })}
          onOpen={(row, inTab) => {
            const to = `/work/queues/${encodeURIComponent(row.queue)}`;
            if (inTab) window.open(`/ui${to}`, '_blank', 'noopener');
            else void navigate({ to });
          }}
          empty={
            q === '' ? (
              <Empty title="No queue yet">
                A queue is a computing resource:{' '}
                <span className="mono">orrery panda queue put FILE.json</span> makes one.
              </Empty>
            ) : (
              <Empty
                title="No queue matches"
                act={
                  <button type="button" className="button small" onClick={() => search('')}>
                    Show all queues
                  </button>
                }
              >
                The filter is <span className="mono">{q}</span>.
              </Empty>
            )
          }
        />
      )}
    </>
  );
}

const sentence = (n: number): string =>
  n === 0 ? 'none wants a look' : `${plural(n, 'queue')} ${n === 1 ? 'wants' : 'want'} a look`;

function countsOf(rows: readonly PandaQueueRow[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status } of rows) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}
