import type { UwsJobFilter, UwsJobRow } from '@orrery/contracts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import { call } from '../shared/api.ts';
import { Empty, ErrorPanel } from '../shared/blanks.tsx';
import { ConfirmAct } from '../shared/confirm-act.tsx';
import { type Column, DataTable, TableFoot } from '../shared/data-table.tsx';
import { Chip, FilterBar } from '../shared/filter-bar.tsx';
import { count, duration, plural } from '../shared/format.ts';
import { Glyph } from '../shared/glyphs.tsx';
import { Href } from '../shared/link.tsx';
import { onTopic } from '../shared/live.ts';
import { useMe } from '../shared/me.ts';
import { useSlowNow } from '../shared/now.ts';
import { usePlace } from '../shared/page.ts';
import { State } from '../shared/state-badge.tsx';
import { faceOf } from '../shared/states.ts';
import { Time } from '../shared/time.tsx';
import { filterFields, filterOf, problemsOf, termsOf, textOf } from './filter.ts';
import { useLiveRows } from './live.ts';
import { facetsQuery, jobsQuery } from './queries.ts';

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

const shownFacets = ['PENDING', 'QUEUED', 'EXECUTING', 'COMPLETED', 'ERROR', 'ABORTED'];

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

/** How many jobs there are in each phase; each number is the list of them. */
function Facets({
  filter,
  q,
  onChange,
}: {
  filter: UwsJobFilter;
  q: string;
  onChange: (text: string) => void;
}) {
  const { phase: chosen = [], ...others } = filter;
  const query = facetsQuery(others);
  const { data } = useQuery(query);
  const queryClient = useQueryClient();
  useEffect(() => {
    let due: ReturnType<typeof setTimeout> | undefined;
    const leave = onTopic('uws.job', () => {
      due ??= setTimeout(() => {
        due = undefined;
        void queryClient.invalidateQueries({ queryKey: ['uws', 'facets'] });
      }, 2000);
    });
    return () => {
      clearTimeout(due);
      leave();
    };
  }, [queryClient]);
  const terms = termsOf(q).filter((term) => term.field !== 'phase');
  const choose = (phases: string[]) =>
    onChange(textOf([...phases.map((value) => ({ field: 'phase', value })), ...terms]));
  if (data === undefined) return <div className="facets" style={{ height: 26 }} />;
  const least = data.exact ? '' : '≥ ';
  const total = Object.values(data.phases).reduce((sum, n) => sum + n, 0);
  const words = Object.keys(data.phases).filter(
    (word) => shownFacets.includes(word) || (data.phases[word] ?? 0) > 0,
  );
  words.sort((a, b) => rank(a) - rank(b));
  return (
    <fieldset className="facets" aria-label="Jobs by phase">
      <button type="button" className="all" aria-pressed={chosen.length === 0} onClick={() => choose([])}>
        <b>{least + count(total)}</b> all
      </button>
      {words.map((word) => (
        <button
          key={word}
          type="button"
          aria-pressed={(chosen as string[]).includes(word)}
          onClick={() => choose((chosen as string[]).includes(word) ? [] : [word])}
        >
          <Glyph face={faceOf('uwsJob', word)} size={12} />
          <b>{least + count(data.phases[word] ?? 0)}</b> {word}
        </button>
      ))}
    </fieldset>
  );
}

const rank = (word: string) => (shownFacets.includes(word) ? shownFacets.indexOf(word) : 99);

function useColumns(withDefinition: boolean): Column<UwsJobRow>[] {
  const now = useSlowNow();
  return useMemo(() => {
    const columns: Column<UwsJobRow>[] = [
      {
        id: 'phase',
        head: 'Phase',
        narrow: 'keep',
        cell: (row) => (
          <State
            family="uwsJob"
            word={row.phase}
            {...(row.overdue && row.deadline !== null
              ? { overdueSeconds: Math.max(1, (now - Date.parse(row.deadline)) / 1000) }
              : {})}
          />
        ),
      },
      {
        id: 'id',
        head: 'Job',
        narrow: 'keep',
        cell: (row) => (
          <Link to="/services/$name/jobs/$id" params={{ name: row.definition, id: row.id }} className="mono">
            {row.id}
          </Link>
        ),
      },
      ...(withDefinition
        ? [
            {
              id: 'definition',
              head: 'Definition',
              cell: (row: UwsJobRow) => (
                <Link to="/services/$name/jobs" params={{ name: row.definition }} className="plain mono">
                  {row.definition}
                </Link>
              ),
            },
          ]
        : []),
      {
        id: 'run',
        head: 'Name',
        fill: true,
        full: (row) => row.error ?? row.runId ?? undefined,
        cell: (row) => <NameCell row={row} />,
      },
      { id: 'owner', head: 'Owner', cell: (row) => row.owner ?? <span className="faint">anonymous</span> },
      { id: 'waited', head: 'Waited', num: true, cell: (row) => waited(row, now) },
      { id: 'ran', head: 'Ran', num: true, narrow: 'keep', cell: (row) => ran(row, now) },
      {
        id: 'created',
        head: 'Created',
        num: true,
        sorted: 'descending',
        cell: (row) => (
          <span className="mono">
            <Time at={row.createdAt} />
          </span>
        ),
      },
    ];
    return columns;
  }, [withDefinition, now]);
}

function NameCell({ row }: { row: UwsJobRow }) {
  return (
    <>
      {row.runId}
      {row.error !== null && <span className="small quiet"> {row.error}</span>}
    </>
  );
}

function waited(row: UwsJobRow, now: number): string {
  const until =
    row.startedAt ??
    (row.phase === 'QUEUED' || row.phase === 'SUSPENDED' ? new Date(now).toISOString() : null);
  return until === null ? '–' : duration(Math.max(0, (Date.parse(until) - Date.parse(row.createdAt)) / 1000));
}

function ran(row: UwsJobRow, now: number): string {
  if (row.startedAt === null) return '–';
  const until = row.endedAt === null ? now : Date.parse(row.endedAt);
  return duration(Math.max(0, (until - Date.parse(row.startedAt)) / 1000));
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

/** Acts on the selected rows; each says how many of them it can touch. */
function BulkActs({ rows, picked }: { rows: UwsJobRow[]; picked: ReadonlySet<string> }) {
  const [asked, setAsked] = useState<'abort' | 'delete' | undefined>();
  const queryClient = useQueryClient();
  const mine = rows.filter((row) => picked.has(row.id));
  const active = mine.filter((row) =>
    ['QUEUED', 'EXECUTING', 'HELD', 'SUSPENDED', 'PENDING'].includes(row.phase),
  );
  const run = async (method: string, jobs: UwsJobRow[]) => {
    for (const job of jobs) {
      const path = `/api/uws/jobs/${encodeURIComponent(job.id)}`;
      await (method === 'DELETE'
        ? call('DELETE', path)
        : call('POST', `${path}/phase`, { body: { phase: 'ABORT' } }));
    }
    await queryClient.invalidateQueries({ queryKey: ['uws'] });
  };
  return (
    <>
      {active.length > 0 && (
        <button type="button" className="button small" onClick={() => setAsked('abort')}>
          Abort {count(active.length)} …
        </button>
      )}
      <button
        type="button"
        className="button small danger"
        disabled={mine.length === 0}
        title={mine.length === 0 ? 'None of them is on this page' : undefined}
        onClick={() => setAsked('delete')}
      >
        Delete {count(mine.length)} …
      </button>
      {asked === 'abort' && (
        <ConfirmAct
          title={`Abort ${plural(active.length, 'job')}?`}
          lines={[
            'What they computed so far is lost.',
            'They stay in the list as ABORTED and can be run again.',
          ]}
          verb={`Abort ${plural(active.length, 'job')}`}
          keep="Keep running"
          run={() => run('POST', active)}
          onClose={() => setAsked(undefined)}
        />
      )}
      {asked === 'delete' && (
        <ConfirmAct
          title={`Delete ${plural(mine.length, 'job')}?`}
          lines={[
            `${plural(active.length, 'job')} of them still run and are stopped.`,
            'Their results and logs are deleted with them.',
            'This cannot be undone.',
          ]}
          verb={`Delete ${plural(mine.length, 'job')}`}
          keep="Keep them"
          {...(mine.length > 20 ? { typed: String(mine.length) } : {})}
          run={() => run('DELETE', mine)}
          onClose={() => setAsked(undefined)}
        />
      )}
    </>
  );
}
