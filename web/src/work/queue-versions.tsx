import type { PandaQueue, PandaQueueVersionRow } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Empty, ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { type Column, DataTable } from '../shared/data-table.tsx';
import { DiffView } from '../shared/diff-view.tsx';
import { State } from '../shared/state-badge.tsx';
import { Time } from '../shared/time.tsx';
import { queueVersionQuery } from './queries.ts';
import { written } from './queue-check.ts';

/** Who changed the queue, when and why; a version is shown with what it changed. */
export function Versions({ queue }: { queue: PandaQueue }) {
  const [chosen, setChosen] = useState(queue.version);
  const columns: Column<PandaQueueVersionRow>[] = [
    {
      id: 'version',
      head: 'Version',
      narrow: 'keep',
      cell: (row) => (
        <button
          type="button"
          className="link"
          aria-pressed={row.version === chosen}
          onClick={() => setChosen(row.version)}
        >
          {row.version}
        </button>
      ),
    },
    {
      id: 'at',
      head: 'When',
      narrow: 'keep',
      cell: (row) => (
        <span className="mono">
          <Time at={row.at} />
        </span>
      ),
    },
    { id: 'by', head: 'Who', narrow: 'keep', cell: (row) => row.by },
    { id: 'status', head: 'State', cell: (row) => <State family="worker" word={row.status} /> },
    { id: 'why', head: 'Why', fill: true, full: (row) => row.why, cell: (row) => row.why },
  ];
  return (
    <>
      <DataTable
        label="Versions, newest first"
        columns={columns}
        rows={queue.versions}
        rowKey={(row) => String(row.version)}
        onOpen={(row) => setChosen(row.version)}
        isOn={(row) => row.version === chosen}
        empty={<Empty title="Nobody has changed it yet" />}
      />
      <Difference queue={queue} version={chosen} />
    </>
  );
}

function Difference({ queue, version }: { queue: PandaQueue; version: number }) {
  const before = queue.versions.find((row) => row.version < version)?.version;
  const newer = useQuery(queueVersionQuery(queue.queue, version));
  const older = useQuery({
    ...queueVersionQuery(queue.queue, before ?? 0),
    enabled: before !== undefined,
  });
  const error = newer.error ?? older.error;
  if (error !== null) return <ErrorPanel what="The version could not be read" error={error} />;
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>
          {before === undefined
            ? `Version ${version}, the first that is kept`
            : `From version ${before} to ${version}`}
        </h2>
        {newer.data !== undefined && (
          <span className="small quiet">
            {newer.data.by}, <Time at={newer.data.at} />: {newer.data.why}
          </span>
        )}
      </div>
      {newer.data === undefined || (before !== undefined && older.data === undefined) ? (
        <SkeletonRows rows={8} />
      ) : (
        <DiffView
          key={version}
          label={`What version ${version} changed`}
          before={older.data === undefined || before === undefined ? '' : written(older.data.document)}
          after={written(newer.data.document)}
        />
      )}
    </section>
  );
}
