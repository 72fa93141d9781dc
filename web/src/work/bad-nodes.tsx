import type { PandaBadNode, PandaBadNodeList, PandaBadNodeQuery } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Empty, ErrorPanel } from '../shared/blanks.tsx';
import { CopyButton } from '../shared/copy-button.tsx';
import type { Column } from '../shared/data-table.tsx';
import { Chip } from '../shared/filter-bar.tsx';
import { count, duration, percent, plural } from '../shared/format.ts';
import { Href } from '../shared/link.tsx';
import { LocalTable } from '../shared/local-table.tsx';
import { usePlace } from '../shared/page.ts';
import { Ago } from '../shared/time.tsx';
import { jobsHref } from './filter.ts';
import { HourBars } from './hour-bars.tsx';
import { badNodesQuery, nodePage } from './node-queries.ts';
import './work.css';

const windows = [
  [1, '1 h'],
  [6, '6 h'],
  [24, '24 h'],
  [168, '7 d'],
] as const;
const leasts = [3, 5, 20, 100] as const;

type Address = Partial<Record<'hours' | 'failed' | 'queue' | 'sort' | 'from', string | undefined>>;

const wholeOf = (text: string | undefined, usual: number, most: number): number => {
  const n = Number(text ?? usual);
  return Number.isInteger(n) && n >= 1 && n <= most ? n : usual;
};

function queryOf({ hours, failed, queue }: Address): PandaBadNodeQuery & { hours: number; failed: number } {
  return {
    hours: wholeOf(hours, 6, 168),
    failed: wholeOf(failed, 5, 1_000_000),
    ...(queue === undefined ? {} : { queue }),
  };
}

const medianText = (seconds: number | null) => (seconds === null ? '–' : duration(seconds));

const columns: Column<PandaBadNode>[] = [
  {
    id: 'host',
    head: 'Node',
    narrow: 'keep',
    sortBy: (row) => row.host,
    cell: (row) => (
      <Href to={`/ui${nodePage(row.site ?? row.queue, row.host)}`} className="mono">
        {row.host}
      </Href>
    ),
  },
  {
    id: 'queue',
    head: 'Queue',
    sortBy: (row) => row.queue,
    cell: (row) => (
      <Link to="/work/queues/$name" params={{ name: row.queue }} className="plain mono">
        {row.queue}
      </Link>
    ),
  },
  {
    id: 'failed',
    head: 'Failed',
    num: true,
    narrow: 'keep',
    sortBy: (row) => row.failed,
    cell: (row) => (
      <Href to={jobsHref({ status: 'failed', node: row.host })} className="plain strong tone-bad">
        {count(row.failed)}
      </Href>
    ),
  },
  {
    id: 'finished',
    head: 'Finished',
    num: true,
    sortBy: (row) => row.finished,
    cell: (row) => (row.finished === 0 ? <span className="faint">·</span> : count(row.finished)),
  },
  {
    id: 'share',
    head: 'Fails',
    num: true,
    narrow: 'keep',
    sortBy: (row) => shareOf(row),
    cell: (row) => percent(shareOf(row)),
  },
  {
    id: 'elsewhere',
    head: 'Elsewhere',
    num: true,
    sortBy: (row) => row.elsewhere ?? -1,
    full: (row) => `what part of the jobs fails that ${row.queue} runs on other nodes`,
    cell: (row) => (row.elsewhere === null ? '–' : percent(row.elsewhere)),
  },
  {
    id: 'excess',
    head: 'Too many',
    num: true,
    sortBy: (row) => row.excess,
    full: () => 'failures beyond what the rest of the queue would have had among as many jobs',
    cell: (row) => count(Math.round(row.excess)),
  },
  {
    id: 'median',
    head: 'Fails after',
    num: true,
    sortBy: (row) => row.medianSeconds ?? -1,
    full: (row) =>
      `half of the failed jobs took less; finished ones: ${medianText(row.finishedMedianSeconds)}`,
    cell: (row) => medianText(row.medianSeconds),
  },
  { id: 'hours', head: 'By hour', cell: (row) => <HourBars hours={row.hours} /> },
  {
    id: 'errors',
    head: 'Errors',
    fill: true,
    full: (row) => row.errors.map(errorText).join(', '),
    cell: (row) => row.errors.map(errorText).join(', '),
  },
  {
    id: 'last',
    head: 'Last failure',
    num: true,
    sortBy: (row) => row.lastFailedAt,
    cell: (row) => <Ago at={row.lastFailedAt} />,
  },
];

const shareOf = ({ failed, finished }: PandaBadNode): number => failed / Math.max(1, failed + finished);

const errorText = ({ source, code, meaning, jobs }: PandaBadNode['errors'][number]): string =>
  `${count(jobs)} × ${source} ${code}${meaning === null ? '' : ` ${meaning}`}`;

function sentence({ rows, looked }: PandaBadNodeList, hours: number): string {
  if (rows.length > 0) {
    const failed = rows.reduce((sum, row) => sum + row.excess, 0);
    return `${plural(rows.length, 'node')} spoilt ${plural(Math.round(failed), 'job')} in ${plural(hours, 'hour')}`;
  }
  return looked === 0
    ? 'none has enough failures to be looked at'
    : `none fails more than its queue, of ${plural(looked, 'node')} with failures`;
}

/** Machines that swallow jobs: those whose jobs fail more than their queue does on other machines. */
export function BadNodes() {
  usePlace([
    { label: 'Work', to: '/work' },
    { label: 'Nodes', to: '/work/nodes' },
    { label: 'Nodes that fail' },
  ]);
  const address = useSearch({ strict: false }) as Address;
  const navigate = useNavigate();
  const query = queryOf(address);
  const { data, error, refetch } = useQuery(badNodesQuery(query));
  const go = (next: Address) =>
    void navigate({ to: '.', search: { ...address, sort: undefined, from: undefined, ...next } });
  return (
    <>
      <div className="page-head">
        <h1>
          Nodes that fail {data !== undefined && <span className="rest">{sentence(data, query.hours)}</span>}
        </h1>
        {data !== undefined && data.rows.length > 0 && (
          <div className="acts">
            <CopyButton text={data.rows.map(({ host }) => host).join('\n')} label="Copy names" />
          </div>
        )}
      </div>
      <div className="filter-line">
        <fieldset className="segments" aria-label="Over what time">
          {windows.map(([hours, word]) => (
            <button
              key={hours}
              type="button"
              aria-pressed={hours === query.hours}
              onClick={() => go({ hours: String(hours) })}
            >
              {word}
            </button>
          ))}
        </fieldset>
        <fieldset className="segments" aria-label="Failures at least">
          {leasts.map((least) => (
            <button
              key={least}
              type="button"
              aria-pressed={least === query.failed}
              onClick={() => go({ failed: String(least) })}
            >
              ≥ {least} failed
            </button>
          ))}
        </fieldset>
        {query.queue !== undefined && (
          <Chip name="queue" onRemove={() => go({ queue: undefined })}>
            {query.queue}
          </Chip>
        )}
      </div>
      {error !== null && data === undefined ? (
        <ErrorPanel what="The failing nodes could not be read" error={error} retry={() => void refetch()} />
      ) : (
        <LocalTable
          label="Nodes that fail more than their queue"
          columns={columns}
          rows={data?.rows}
          rowKey={(row) => `${row.queue}/${row.host}`}
          tookMs={data?.tookMs ?? 0}
          sort={address.sort}
          from={Number(address.from ?? 0) || 0}
          order="most spoilt first"
          onPlace={(place) => void navigate({ to: '.', search: { ...address, ...place } })}
          onOpen={(row, inTab) => {
            const to = nodePage(row.site ?? row.queue, row.host);
            if (inTab) window.open(`/ui${to}`, '_blank', 'noopener');
            else void navigate({ to });
          }}
          empty={
            <Empty title="No node fails more than its queue">
              A node stands here when at least {plural(query.failed, 'job')} failed on it, at least twice the
              part that fails elsewhere in its queue, and more than chance gives.
            </Empty>
          }
        />
      )}
      {data !== undefined && !data.exact && (
        <p className="small quiet">
          More failed than is read at once: the nodes with most failures of the last part were looked at.
          Choose a queue or a shorter time.
        </p>
      )}
    </>
  );
}
