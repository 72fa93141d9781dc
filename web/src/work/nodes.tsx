import type { PandaNodeRow } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { Empty } from '../shared/blanks.tsx';
import type { Column } from '../shared/data-table.tsx';
import { bytes, count, plural } from '../shared/format.ts';
import { type KeysetPlace, KeysetTable } from '../shared/keyset-table.tsx';
import { useSlowNow } from '../shared/now.ts';
import { usePlace } from '../shared/page.ts';
import { TermFilter } from '../shared/term-filter.tsx';
import { Time } from '../shared/time.tsx';
import { nodeFields, nodeFilter, nodeProblems, nodeTerms, nodeText } from './node-filter.ts';
import { nodePage, nodesQuery } from './node-queries.ts';
import { queuesQuery } from './queries.ts';

const faint = <span className="faint">–</span>;

/** `2 × A100 80GB`. */
const gpuText = (row: Pick<PandaNodeRow, 'gpus'>): string =>
  row.gpus.map(({ gpus, model }) => `${gpus} × ${model}`).join(', ');

/** `2 × 16 cores, 2 threads each`; null when nothing of it was said. */
export function coresText({ sockets, coresPerSocket, threadsPerCore }: PandaNodeRow): string | null {
  if (sockets === null || coresPerSocket === null) return null;
  const threads = threadsPerCore === null || threadsPerCore < 2 ? '' : `, ${threadsPerCore} threads each`;
  return `${sockets} × ${plural(coresPerSocket, 'core')}${threads}`;
}

const columns: Column<PandaNodeRow>[] = [
  {
    id: 'host',
    head: 'Node',
    narrow: 'keep',
    cell: (row) => (
      <Link to="/work/nodes/$site/$host" params={{ site: row.site, host: row.host }} className="mono">
        {row.host}
      </Link>
    ),
  },
  { id: 'site', head: 'Site', cell: (row) => row.site },
  {
    id: 'queues',
    head: 'Queues',
    full: (row) => row.queues.join(', '),
    cell: (row) => {
      const [first, ...more] = row.queues;
      if (first === undefined) return faint;
      return (
        <>
          <Link to="/work/queues/$name" params={{ name: first }} className="plain mono">
            {first}
          </Link>
          {more.length > 0 && <span className="faint"> +{more.length}</span>}
        </>
      );
    },
  },
  {
    id: 'cpu',
    head: 'Processor',
    fill: true,
    full: (row) => row.cpuModel,
    cell: (row) => row.cpuName,
  },
  {
    id: 'level',
    head: 'Level',
    full: (row) => [row.architecture, row.level].filter((each) => each !== null).join(', '),
    cell: (row) => row.level ?? row.architecture ?? faint,
  },
  {
    id: 'cores',
    head: 'Processors',
    num: true,
    narrow: 'keep',
    full: (row) => coresText(row) ?? undefined,
    cell: (row) => (row.logicalCpus === null ? faint : count(row.logicalCpus)),
  },
  {
    id: 'memory',
    head: 'Memory',
    num: true,
    cell: (row) => (row.memoryMb === null ? faint : bytes(row.memoryMb * 1_000_000)),
  },
  {
    id: 'disk',
    head: 'Disk',
    num: true,
    cell: (row) => (row.diskGb === null ? faint : bytes(row.diskGb * 1_000_000_000)),
  },
  { id: 'gpu', head: 'GPU', full: gpuText, cell: (row) => gpuText(row) || faint },
  {
    id: 'seen',
    head: 'Last seen',
    num: true,
    narrow: 'keep',
    sorted: 'descending',
    cell: (row) => (
      <span className="mono">
        <Time at={row.lastSeenAt} />
      </span>
    ),
  },
];

const keyOf = (row: PandaNodeRow): string => `${row.site}/${row.host}/${row.cpuModel}`;

/** Machines as pilots found them from inside, the last seen first. */
export function Nodes() {
  usePlace([{ label: 'Work', to: '/work' }, { label: 'Nodes' }]);
  const { q = '', cursor } = useSearch({ strict: false }) as { q?: string; cursor?: string };
  const navigate = useNavigate();
  const now = useSlowNow();
  const { data: queues } = useQuery({ ...queuesQuery, refetchInterval: false });
  const minute = Math.floor(now / 60_000) * 60_000;
  const filter = useMemo(() => nodeFilter(q, minute), [q, minute]);
  const place: KeysetPlace = cursor === undefined ? {} : { cursor };
  const search = (text: string) =>
    void navigate({ to: '.', search: { q: text === '' ? undefined : text }, replace: true });
  const valuesOf = (field: string): readonly string[] => {
    if (field === 'queue') return queues?.rows.map(({ queue }) => queue) ?? [];
    if (field === 'site') return [...new Set(queues?.rows.map(({ site }) => site) ?? [])];
    if (field === 'level') return ['x86-64-v2', 'x86-64-v3', 'x86-64-v4'];
    return field === 'gpu' ? ['any'] : field === 'seen' ? ['1h', '24h', '7d'] : [];
  };
  return (
    <>
      <div className="page-head">
        <h1>
          Nodes <span className="rest">machines as pilots found them</span>
        </h1>
        <div className="acts">
          <Link to="/work/nodes/bad" className="button">
            Nodes that fail
          </Link>
        </div>
      </div>
      <TermFilter
        q={q}
        terms={nodeTerms(q)}
        textOf={nodeText}
        problems={nodeProblems(q)}
        placeholder="site:NORTH gpu:any memory:64GB seen:24h"
        fields={nodeFields}
        valuesOf={valuesOf}
        onChange={search}
      />
      <KeysetTable
        label="Worker nodes, last seen first"
        failure="The worker nodes could not be read"
        query={nodesQuery(filter, place)}
        place={place}
        live={{
          // Nodes have no events; the page is read anew when one comes back to it.
          topic: 'panda.node',
          keyOf,
          arrival: () => 'neither',
          after: (row) => row,
          reread: () => Promise.resolve(undefined),
        }}
        columns={columns}
        pageOf={(row) => nodePage(row.site, row.host)}
        order="last seen first"
        onJump={null}
        onOpen={(to) => void navigate({ to })}
        onMove={(to) =>
          void navigate({ to: '.', search: { q: q === '' ? undefined : q, cursor: to.cursor } })
        }
        empty={
          q === '' ? (
            <Empty title="No pilot has described its machine">
              Pilots do it at the beginning of a job, those of version 3.10 and later.
            </Empty>
          ) : (
            <Empty
              title="No node matches"
              act={
                <button type="button" className="button small" onClick={() => search('')}>
                  Show all nodes
                </button>
              }
            >
              The filter is <span className="mono">{q}</span>.
            </Empty>
          )
        }
      />
    </>
  );
}
