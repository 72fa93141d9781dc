import { type ReactNode, useState } from 'react';
import type { Column } from './data-table.tsx';
import { MenuButton } from './menu-button.tsx';

const keyOf = (list: string) => `orrery.columns.${list}`;

function keptChoice(list: string): string[] | undefined {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(keyOf(list)) ?? 'null');
    return Array.isArray(kept) ? kept.filter((id) => typeof id === 'string') : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Which columns of a list are shown, kept in this browser, and the menu that chooses them. `usual` are those of
 * somebody who never chose; `fixed` ones cannot be left out.
 */
export function useColumnChoice<Row>(
  list: string,
  columns: readonly Column<Row>[],
  usual: readonly string[],
  fixed: readonly string[],
): { columns: Column<Row>[]; menu: ReactNode } {
  const [chosen, setChosen] = useState<readonly string[]>(() => keptChoice(list) ?? usual);
  const isShown = (id: string) => fixed.includes(id) || chosen.includes(id);
  const change = (next: readonly string[]) => {
    setChosen(next);
    localStorage.setItem(keyOf(list), JSON.stringify(next));
  };
  const choices = columns.filter(({ id }) => !fixed.includes(id));
  const menu = (
    <MenuButton
      label="Columns"
      className="button"
      acts={[
        ...choices.map(({ id, head }) => ({
          label: head,
          checked: isShown(id),
          isSwitch: true,
          run: () => change(isShown(id) ? chosen.filter((each) => each !== id) : [...chosen, id]),
        })),
        { label: 'As at first', run: () => change(usual) },
      ]}
    />
  );
  return { columns: columns.filter(({ id }) => isShown(id)), menu };
}
