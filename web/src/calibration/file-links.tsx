import type { CrdsFile, CrdsLinkPage, CrdsLinkRow } from '@orrery/contracts';
import { useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { Empty } from '../shared/blanks.tsx';
import type { Column } from '../shared/data-table.tsx';
import { FilterBar } from '../shared/filter-bar.tsx';
import { KeysetTable } from '../shared/keyset-table.tsx';
import { Time } from '../shared/time.tsx';
import { fileHref, useAddress } from './address.ts';
import { FileLink, FileState } from './file-state.tsx';
import { stillList } from './live.ts';
import { linksQuery } from './queries.ts';

const columnsOf = (observatory: string): Column<CrdsLinkRow>[] => [
  { id: 'state', head: 'State', narrow: 'keep', cell: (row) => <FileState file={row} /> },
  {
    id: 'name',
    head: 'File',
    narrow: 'keep',
    cell: (row) => <FileLink observatory={observatory} name={row.name} known={row.kind !== null} />,
  },
  { id: 'kind', head: 'Kind', cell: (row) => row.kind ?? 'not in the catalogue' },
  { id: 'instrument', head: 'Instrument', cell: (row) => row.instrument ?? '–' },
  { id: 'type', head: 'Type', fill: true, cell: (row) => row.type ?? '–' },
  {
    id: 'added',
    head: 'Added',
    num: true,
    cell: (row) => (row.addedAt === null ? '–' : <Time at={row.addedAt} seconds={false} />),
  },
];

interface LinksProps {
  observatory: string;
  file: CrdsFile;
  part: 'uses' | 'used-by';
}

/** The files it names, or those that name it; also through others. */
export function FileLinks({ observatory, file, part }: LinksProps) {
  const [{ cursor, q = '', deep }, go] = useAddress();
  const navigate = useNavigate();
  const columns = useMemo(() => columnsOf(observatory), [observatory]);
  const place = cursor === undefined ? {} : { cursor };
  const isDeep = deep === 'yes';
  const query = { limit: 100, ...(q === '' ? {} : { text: q }), ...(isDeep ? { deep: true } : {}) };
  return (
    <>
      <FilterBar
        value={q}
        onChange={(text) => go({ q: text || undefined, cursor: undefined }, true)}
        placeholder="begin of a name, or a pattern with *"
        fields={[]}
      >
        <label className="row small">
          <input
            type="checkbox"
            checked={isDeep}
            onChange={(event) => go({ deep: event.target.checked ? 'yes' : undefined, cursor: undefined })}
          />
          also through others
        </label>
      </FilterBar>
      <KeysetTable<CrdsLinkRow, CrdsLinkPage>
        label={part === 'uses' ? `Files that ${file.name} names` : `Files that name ${file.name}`}
        failure="The files could not be read"
        query={linksQuery(observatory, file.name, part, query, place)}
        place={place}
        live={stillList((row) => row.name)}
        columns={columns}
        pageOf={(row) => fileHref(observatory, row.name).slice('/ui'.length)}
        order={part === 'uses' ? 'by name' : 'newest name first'}
        empty={
          <Empty
            title={
              q === '' ? (part === 'uses' ? 'It names no file' : 'No mapping names it') : 'No file matches'
            }
          />
        }
        onJump={null}
        onOpen={(to) => void navigate({ to })}
        onMove={(to) => go({ cursor: to.cursor })}
      />
    </>
  );
}
