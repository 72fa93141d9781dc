import {
  type PandaErrorClass,
  type PandaErrorQuery,
  type PandaErrorRow,
  type PandaErrorSummary,
  pandaErrorClasses,
  pandaErrorGroups,
} from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Empty, ErrorPanel } from '../shared/blanks.tsx';
import type { Column } from '../shared/data-table.tsx';
import { Chip } from '../shared/filter-bar.tsx';
import { count, duration, percent, plural } from '../shared/format.ts';
import { Href } from '../shared/link.tsx';
import { LocalTable } from '../shared/local-table.tsx';
import { usePlace } from '../shared/page.ts';
import { Spark } from '../shared/spark.tsx';
import { errorOf, jobsHref } from './filter.ts';
import { MakeRule } from './job-retry.tsx';
import { errorsQuery } from './queries.ts';

type Group = (typeof pandaErrorGroups)[number];

const groupWords: Record<Group, string> = {
  code: 'Code',
  class: 'Whose matter',
  queue: 'Queue',
  share: 'Share',
  label: 'Label',
  resourceType: 'Resource',
  owner: 'Owner',
  task: 'Task',
  node: 'Node',
};
/** What a group is called in the filter of job lists. */
const termOf: Record<Exclude<Group, 'code' | 'class'>, string> = {
  queue: 'queue',
  share: 'share',
  label: 'label',
  resourceType: 'resource',
  owner: 'owner',
  task: 'task',
  node: 'node',
};
const windows = [
  [1, '1 h'],
  [8, '8 h'],
  [24, '24 h'],
  [168, '7 d'],
  [720, '30 d'],
] as const;

type Address = Partial<
  Record<'by' | 'hours' | 'queue' | 'error' | 'class' | 'sort' | 'from', string | undefined>
>;

const isGroup = (text: string | undefined): text is Group =>
  (pandaErrorGroups as readonly (string | undefined)[]).includes(text);

/** Groups that know whose matter a failure is. */
const isOfErrors = (by: Group) => by === 'code' || by === 'class';

/** The question that an address asks. */
function queryOf({ by, hours, queue, error, class: whose }: Address): PandaErrorQuery & {
  by: Group;
  hours: number;
} {
  const asked = Number(hours ?? 24);
  const wanted = pandaErrorClasses.find((each) => each === whose);
  const group = isGroup(by) ? by : 'code';
  return {
    by: group,
    hours: Number.isInteger(asked) && asked >= 1 && asked <= 9600 ? asked : 24,
    ...(queue === undefined ? {} : { queue }),
    ...(error === undefined ? {} : errorOf(error)),
    ...(wanted === undefined || !isOfErrors(group) ? {} : { class: wanted }),
  };
}

/** Why jobs fail: by code, queue, user …, over a time; a row opens the list of its jobs. */
export function ErrorsPage() {
  usePlace([{ label: 'Work', to: '/work' }, { label: 'Errors' }]);
  const address = useSearch({ strict: false }) as Address;
  const navigate = useNavigate();
  const query = queryOf(address);
  const { data, error, refetch } = useQuery(errorsQuery(query));
  const go = (next: Address) =>
    void navigate({ to: '.', search: { ...address, sort: undefined, from: undefined, ...next } });
  return (
    <>
      <h1>Errors {data !== undefined && <span className="rest">{sentence(data)}</span>}</h1>
      <div className="filter-line">
        <fieldset className="segments" aria-label="By what">
          {pandaErrorGroups.map((group) => (
            <button
              key={group}
              type="button"
              aria-pressed={group === query.by}
              onClick={() => go({ by: group })}
            >
              {groupWords[group]}
            </button>
          ))}
        </fieldset>
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
        {query.by === 'node' && (
          <Href to="/ui/work/nodes/bad" className="small">
            Nodes that fail more than their queue
          </Href>
        )}
        {query.queue !== undefined && (
          <Chip name="queue" onRemove={() => go({ queue: undefined })}>
            {query.queue}
          </Chip>
        )}
        {query.class !== undefined && (
          <Chip name="matter of" onRemove={() => go({ class: undefined })}>
            {query.class}
          </Chip>
        )}
        {address.error !== undefined && (
          <Chip name="error" onRemove={() => go({ error: undefined })}>
            {address.error}
          </Chip>
        )}
      </div>
      {error !== null && data === undefined ? (
        <ErrorPanel what="The errors could not be read" error={error} retry={() => void refetch()} />
      ) : (
        <LocalTable
          label={`Errors by ${groupWords[query.by].toLowerCase()}`}
          columns={columnsOf(query, data)}
          rows={data?.rows}
          rowKey={(row) => row.key}
          tookMs={data?.tookMs ?? 0}
          sort={address.sort}
          from={Number(address.from ?? 0) || 0}
          order="most failed first"
          onPlace={(place) => void navigate({ to: '.', search: { ...address, ...place } })}
          empty={
            <Empty title="No job failed in this time">
              Failures are counted by the hour; the last one stands here a few seconds after it happens.
            </Empty>
          }
        />
      )}
      {data !== undefined && (data.hidden > 0 || !data.exact) && (
        <p className="small quiet">
          {data.hidden > 0 && `${plural(data.hidden, 'smaller group')} did not fit in. `}
          {!data.exact && 'Only the last part of the jobs was read: each number is at least that.'}
        </p>
      )}
    </>
  );
}

function sentence({ failed, ended, lostCoreSeconds }: PandaErrorSummary): string {
  if (failed === 0) return ended === 0 ? 'no job ended' : `none of ${plural(ended, 'job')} failed`;
  return `${count(failed)} of ${plural(ended, 'job')} failed, ${percent(failed / Math.max(1, ended))}; ${duration(lostCoreSeconds)} of core time lost`;
}

/** The list of the failed jobs of a row, within the time and filters of the page. */
function listOf(row: PandaErrorRow, query: PandaErrorQuery & { by: Group }, since: string): string {
  const { by, queue, errorSource, errorCode } = query;
  const error =
    by === 'code' && row.source !== null
      ? `${row.source}:${row.code}`
      : errorSource === undefined
        ? undefined
        : `${errorSource}${errorCode === undefined ? '' : `:${errorCode}`}`;
  return jobsHref({
    status: 'failed',
    since,
    queue,
    error,
    ...(by === 'code' || by === 'class' ? {} : { [termOf[by]]: row.key }),
  });
}

function columnsOf(
  query: PandaErrorQuery & { by: Group; hours: number },
  data: PandaErrorSummary | undefined,
): Column<PandaErrorRow>[] {
  const all = Math.max(1, data?.failed ?? 1);
  const isByCode = isOfErrors(query.by);
  return [
    {
      id: 'key',
      head: groupWords[query.by],
      narrow: 'keep',
      sortBy: (row) => row.key,
      cell: (row) =>
        query.by === 'class' ? (
          <Href to={classHref(row.key, query.hours)}>{classWords[row.class ?? 'unknown']}</Href>
        ) : isByCode && row.code === null ? (
          <span className="mono">{row.key}</span>
        ) : (
          <Href to={listOf(row, query, data?.since ?? '')} className="mono">
            {row.key}
          </Href>
        ),
    },
    {
      id: 'failed',
      head: 'Failed',
      num: true,
      narrow: 'keep',
      sortBy: (row) => row.failed,
      cell: (row) => <b className="strong">{count(row.failed)}</b>,
    },
    isByCode
      ? {
          id: 'part',
          head: 'Of all failed',
          num: true,
          cell: (row) => percent(row.failed / all),
        }
      : {
          id: 'rate',
          head: 'Of its ended',
          num: true,
          sortBy: (row) => (row.ended === null || row.ended === 0 ? 0 : row.failed / row.ended),
          cell: (row) => (row.ended === null || row.ended === 0 ? '–' : percent(row.failed / row.ended)),
        },
    {
      id: 'lost',
      head: 'Lost core time',
      num: true,
      sortBy: (row) => row.lostCoreSeconds,
      cell: (row) => duration(row.lostCoreSeconds),
    },
    ...(query.by === 'code' ? [classColumn] : []),
    {
      id: 'spark',
      head: 'Over the time',
      cell: (row) => <Spark values={row.spark} width={110} label={`${row.key}: failed over the time`} />,
    },
    {
      id: 'meaning',
      head: query.by === 'code' ? 'What it means, and an example' : 'An example',
      fill: true,
      full: (row) => [row.meaning, row.example?.diag].filter((text) => text).join('\n'),
      cell: (row) => (
        <>
          {row.meaning}{' '}
          {row.example !== null && (
            <span className="quiet">
              {row.meaning !== null && '· '}job{' '}
              <Href to={`/ui/work/jobs/${row.example.job}`} className="mono">
                {row.example.job}
              </Href>
              : {row.example.diag}
            </span>
          )}
        </>
      ),
    },
    {
      id: 'deeper',
      head: 'Deeper',
      quietHead: true,
      cell: (row) => <Deeper row={row} by={query.by} hours={query.hours} />,
    },
  ];
}

const classWords: Record<PandaErrorClass, string> = {
  system: 'system',
  user: 'user',
  unknown: 'not known',
};

const classHref = (key: string, hours: number): string =>
  `/ui/work/errors?${new URLSearchParams({ by: 'code', class: key, hours: String(hours) })}`;

const classColumn: Column<PandaErrorRow> = {
  id: 'class',
  head: 'Whose',
  sortBy: (row) => row.class ?? '',
  full: () => 'whose matter it is: of sites and services, or of the payload',
  cell: (row) => <span className="quiet">{classWords[row.class ?? 'unknown']}</span>,
};

/** The same failures from the other side: the queues of a code, the codes of a queue. */
function Deeper({ row, by, hours }: { row: PandaErrorRow; by: Group; hours: number }) {
  if (by === 'code' && row.source !== null && row.code !== null) {
    const search = new URLSearchParams({
      by: 'queue',
      hours: String(hours),
      error: `${row.source}:${row.code}`,
    });
    return (
      <span className="row tight nowrap">
        <Href to={`/ui/work/errors?${search}`}>by queue</Href>
        <MakeRule source={row.source} code={row.code} diag={row.example?.diag ?? ''} />
      </span>
    );
  }
  if (by !== 'queue') return null;
  const search = new URLSearchParams({ by: 'code', hours: String(hours), queue: row.key });
  return <Href to={`/ui/work/errors?${search}`}>by code</Href>;
}
