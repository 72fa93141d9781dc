import type { AuditRow, CrdsActivityPage, CrdsFile } from '@orrery/contracts';
import { Empty } from '../shared/blanks.tsx';
import type { Column } from '../shared/data-table.tsx';
import { actionWords } from '../shared/format.ts';
import { KeysetTable } from '../shared/keyset-table.tsx';
import { Time } from '../shared/time.tsx';
import { useAddress } from './address.ts';
import { stillList } from './live.ts';
import { activityQuery } from './queries.ts';

const detailsOf = (row: AuditRow): string =>
  Object.entries(row.details)
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');

const columns: Column<AuditRow>[] = [
  { id: 'at', head: 'When', narrow: 'keep', cell: (row) => <Time at={row.at} /> },
  { id: 'action', head: 'What', narrow: 'keep', cell: (row) => actionWords(row.action) },
  { id: 'actor', head: 'By', cell: (row) => row.actor },
  { id: 'details', head: 'Details', fill: true, full: detailsOf, cell: (row) => detailsOf(row) || '–' },
];

/** Who did what with a file. */
export function FileActivity({ observatory, file }: { observatory: string; file: CrdsFile }) {
  const [{ cursor }, go] = useAddress();
  const place = cursor === undefined ? {} : { cursor };
  return (
    <KeysetTable<AuditRow, CrdsActivityPage>
      label={`What happened to ${file.name}, newest first`}
      failure="The history could not be read"
      query={activityQuery(observatory, file.name, place)}
      place={place}
      live={stillList((row) => String(row.id))}
      columns={columns}
      empty={
        <Empty title="Nothing has been done with it since it was added">
          It was added <Time at={file.addedAt} />.
        </Empty>
      }
      onJump={null}
      onOpen={() => {}}
      onMove={(to) => go({ cursor: to.cursor })}
    />
  );
}
