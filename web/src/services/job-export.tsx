import type { UwsJobFilter } from '@orrery/contracts';
import { MenuButton } from '../shared/menu-button.tsx';
import { exportHref } from './queries.ts';

/** The whole view as a file; the browser saves it while the server still reads. */
export function ExportMenu({ filter }: { filter: UwsJobFilter }) {
  return (
    <MenuButton
      label="Export …"
      className="button"
      acts={[
        {
          label: 'CSV',
          note: 'all rows of this view, for a spreadsheet',
          download: exportHref(filter, 'csv'),
        },
        { label: 'JSON lines', note: 'all rows, for a program', download: exportHref(filter, 'jsonl') },
      ]}
    />
  );
}
