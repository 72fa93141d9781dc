import type { CrdsFileRow } from '@orrery/contracts';
import type { Column } from '../shared/data-table.tsx';
import { bytes } from '../shared/format.ts';
import { Time } from '../shared/time.tsx';
import { FileLink, FileState } from './file-state.tsx';

/** Where the bytes of a file are, in words. */
export const placeWords = {
  kept: 'kept here',
  linked: 'linked',
  upstream: 'upstream only',
  absent: 'not known',
} as const;

const faint = <span className="faint">–</span>;

/** Columns of a list of files. */
export const fileColumns = (observatory: string): Column<CrdsFileRow>[] => [
  { id: 'state', head: 'State', narrow: 'keep', cell: (row) => <FileState file={row} /> },
  {
    id: 'name',
    head: 'File',
    narrow: 'keep',
    cell: (row) => <FileLink observatory={observatory} name={row.name} />,
  },
  { id: 'instrument', head: 'Instrument', cell: (row) => row.instrument ?? faint },
  { id: 'type', head: 'Type', cell: (row) => row.type ?? faint },
  {
    id: 'description',
    head: 'Description',
    fill: true,
    full: (row) => row.badReason || row.description,
    cell: (row) => (row.badReason !== '' ? row.badReason : row.description || faint),
  },
  { id: 'useafter', head: 'Useful after', cell: (row) => row.useAfter || faint },
  { id: 'place', head: 'Bytes', cell: (row) => placeWords[row.place] },
  {
    id: 'size',
    head: 'Size',
    num: true,
    cell: (row) => (row.sizeBytes === null ? faint : bytes(row.sizeBytes)),
  },
  { id: 'added', head: 'Added', num: true, cell: (row) => <Time at={row.addedAt} seconds={false} /> },
];
