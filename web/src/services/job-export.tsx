import { Menu } from '@mantine/core';
import type { UwsJobFilter } from '@orrery/contracts';
import { exportHref } from './queries.ts';

/** The whole view as a file; the browser saves it while the server still reads. */
export function ExportMenu({ filter }: { filter: UwsJobFilter }) {
  return (
    <Menu
      position="bottom-end"
      width={230}
      classNames={{ dropdown: 'menu' }}
      transitionProps={{ duration: 0 }}
    >
      <Menu.Target>
        <button type="button" className="button">
          Export …
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>All rows of this view</Menu.Label>
        <Menu.Item component="a" href={exportHref(filter, 'csv')} download>
          CSV, for a spreadsheet
        </Menu.Item>
        <Menu.Item component="a" href={exportHref(filter, 'jsonl')} download>
          JSON lines, for a program
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
