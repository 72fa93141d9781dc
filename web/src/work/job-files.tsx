import type { PandaJob, PandaJobFile } from '@orrery/contracts';
import { Empty } from '../shared/blanks.tsx';
import { type Column, DataTable } from '../shared/data-table.tsx';
import { bytes, count, middle } from '../shared/format.ts';
import { State } from '../shared/state-badge.tsx';

const typeWords: Record<PandaJobFile['type'], string> = {
  input: 'input',
  pseudo_input: 'input, for bookkeeping',
  output: 'output',
  log: 'log',
};

const columns: Column<PandaJobFile>[] = [
  {
    id: 'status',
    head: 'State',
    narrow: 'keep',
    cell: (file) => <State family="pandaFile" word={file.status} />,
  },
  { id: 'type', head: 'Type', cell: (file) => typeWords[file.type] },
  {
    id: 'lfn',
    head: 'File',
    narrow: 'keep',
    full: (file) => (file.scope === null ? file.lfn : `${file.scope}:${file.lfn}`),
    cell: (file) =>
      file.href === undefined ? (
        <span className="mono wrap-narrow">{middle(file.lfn, 42)}</span>
      ) : (
        <a href={file.href} download className="mono wrap-narrow" aria-label={`Download ${file.lfn}`}>
          {middle(file.lfn, 42)}
        </a>
      ),
  },
  {
    id: 'size',
    head: 'Size',
    num: true,
    narrow: 'keep',
    cell: (file) => (file.sizeBytes === null ? '–' : bytes(file.sizeBytes)),
  },
  {
    id: 'events',
    head: 'Events',
    num: true,
    cell: (file) => (file.events === null ? '–' : count(file.events)),
  },
  {
    id: 'checksum',
    head: 'Checksum',
    cell: (file) => (file.checksum === null ? '–' : <span className="mono">{file.checksum}</span>),
  },
  {
    id: 'endpoint',
    head: 'Where',
    full: (file) => file.surl ?? undefined,
    cell: (file) => file.endpoint ?? '–',
  },
  {
    id: 'dataset',
    head: 'Dataset',
    fill: true,
    full: (file) => file.dataset ?? undefined,
    cell: (file) => (file.dataset === null ? '–' : <span className="mono">{file.dataset}</span>),
  },
];

/** What goes in and what comes out. */
export function Files({ job }: { job: PandaJob }) {
  return (
    <DataTable
      label="Files of the job"
      columns={columns}
      rows={job.files}
      rowKey={(file) => String(file.id)}
      empty={<Empty title="The job has no files" />}
    />
  );
}
