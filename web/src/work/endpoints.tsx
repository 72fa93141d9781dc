import type { PandaEndpoint } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Empty, ErrorPanel } from '../shared/blanks.tsx';
import type { Column } from '../shared/data-table.tsx';
import { bytes, count, percent, plural } from '../shared/format.ts';
import { Glyph } from '../shared/glyphs.tsx';
import { LocalTable } from '../shared/local-table.tsx';
import { usePlace } from '../shared/page.ts';
import { TermFilter } from '../shared/term-filter.tsx';
import {
  endpointFields,
  endpointProblems,
  endpointTerms,
  endpointText,
  fillOf,
  isMeant,
  isNearlyFull,
} from './endpoint-filter.ts';
import { endpointsQuery } from './queries.ts';

const dot = <span className="faint">·</span>;

/** How full it is, in a figure, and in a glyph when that matters soon. */
function Fill({ row }: { row: PandaEndpoint }) {
  const fill = fillOf(row);
  if (fill === null) return <span className="faint">no limit</span>;
  return isNearlyFull(row) ? (
    <span className="state strong tone-bad">
      <Glyph face="bad" size={12} /> {percent(fill)}
    </span>
  ) : (
    percent(fill)
  );
}

const columns: Column<PandaEndpoint>[] = [
  {
    id: 'endpoint',
    head: 'Endpoint',
    narrow: 'keep',
    sortBy: (row) => row.endpoint,
    cell: (row) => <span className="mono">{row.endpoint}</span>,
  },
  { id: 'state', head: 'State', sortBy: (row) => row.state ?? '', cell: (row) => row.state ?? '–' },
  { id: 'site', head: 'Site', sortBy: (row) => row.site ?? '', cell: (row) => row.site ?? '–' },
  { id: 'type', head: 'Type', sortBy: (row) => row.type ?? '', cell: (row) => row.type ?? '–' },
  {
    id: 'files',
    head: 'Files',
    num: true,
    sortBy: (row) => row.files,
    cell: (row) => (row.files === 0 ? dot : count(row.files)),
  },
  {
    id: 'bytes',
    head: 'Holds',
    num: true,
    sortBy: (row) => row.bytes,
    cell: (row) => (row.bytes === 0 ? dot : bytes(row.bytes)),
  },
  {
    id: 'most',
    head: 'May hold',
    num: true,
    sortBy: (row) => row.maxBytes ?? Number.POSITIVE_INFINITY,
    cell: (row) => (row.maxBytes === null ? '–' : bytes(row.maxBytes)),
  },
  {
    id: 'full',
    head: 'Full',
    num: true,
    narrow: 'keep',
    sortBy: (row) => fillOf(row) ?? -1,
    cell: (row) => <Fill row={row} />,
  },
  {
    id: 'where',
    head: 'Where',
    fill: true,
    cell: (row) => (row.isHere ? 'on the host of the server' : 'elsewhere, not counted'),
  },
];

/** Storage that queues read from and write to, and what pilots have stored there through the server. */
export function Endpoints() {
  usePlace([{ label: 'Work', to: '/work' }, { label: 'Storage' }]);
  const { q = '', sort, from } = useSearch({ strict: false }) as { q?: string; sort?: string; from?: string };
  const navigate = useNavigate();
  const { data, error, refetch } = useQuery(endpointsQuery);
  const terms = endpointTerms(q);
  const rows = data?.rows.filter((row) => isMeant(row, terms));
  const search = (text: string) =>
    void navigate({ to: '.', search: { q: text === '' ? undefined : text, sort }, replace: true });
  return (
    <>
      <h1>
        Storage{' '}
        {data !== undefined && (
          <span className="rest">{sentence(data.rows.filter(isNearlyFull).length)}</span>
        )}
      </h1>
      <TermFilter
        q={q}
        terms={terms}
        textOf={endpointText}
        problems={endpointProblems(q)}
        placeholder="site:north type:DATADISK part of a name"
        fields={endpointFields}
        valuesOf={() => []}
        onChange={search}
      />
      {error !== null && data === undefined ? (
        <ErrorPanel what="The endpoints could not be read" error={error} retry={() => void refetch()} />
      ) : (
        <LocalTable
          label="Storage endpoints"
          columns={columns}
          rows={rows}
          rowKey={(row) => row.endpoint}
          tookMs={data?.tookMs ?? 0}
          sort={sort}
          from={Number(from ?? 0) || 0}
          order="by name"
          onPlace={(place) => void navigate({ to: '.', search: { q: q === '' ? undefined : q, ...place } })}
          empty={<Nothing q={q} onAll={() => search('')} />}
        />
      )}
    </>
  );
}

function Nothing({ q, onAll }: { q: string; onAll: () => void }) {
  if (q === '')
    return (
      <Empty title="No endpoint yet">
        <span className="mono">orrery panda endpoint put FILE.json</span> makes one.
      </Empty>
    );
  return (
    <Empty
      title="No endpoint matches"
      act={
        <button type="button" className="button small" onClick={onAll}>
          Show all endpoints
        </button>
      }
    >
      The filter is <span className="mono">{q}</span>.
    </Empty>
  );
}

const sentence = (n: number): string =>
  n === 0 ? 'what came through the server' : `${plural(n, 'endpoint')} nearly full`;
