import type { ReactNode } from 'react';
import { useKeys } from './keys.ts';

export interface Tab {
  id: string;
  label: string;
  n?: ReactNode;
}

/** The tabs of an object page; `1…9` choose them, arrows move. */
export function Tabs({
  tabs,
  chosen,
  onChoose,
  aside,
  label,
}: {
  tabs: Tab[];
  chosen: string;
  onChoose: (id: string) => void;
  aside?: ReactNode;
  label: string;
}) {
  useKeys(
    tabs.slice(0, 9).map((tab, index) => ({
      keys: String(index + 1),
      what: tab.label,
      group: 'This page',
      run: () => onChoose(tab.id),
    })),
  );
  const step = (by: number) => {
    const index = tabs.findIndex((tab) => tab.id === chosen);
    const next = tabs[(index + by + tabs.length) % tabs.length];
    if (next === undefined) return;
    onChoose(next.id);
    document.getElementById(`tab-${next.id}`)?.focus();
  };
  return (
    <div className="tabs-line">
      <div className="tabs grow" role="tablist" aria-label={label}>
        {tabs.map((tab) => (
          <button
            key={tab.id}
            id={`tab-${tab.id}`}
            type="button"
            role="tab"
            aria-selected={tab.id === chosen}
            aria-controls="tab-panel"
            tabIndex={tab.id === chosen ? 0 : -1}
            onClick={() => onChoose(tab.id)}
            onKeyDown={(event) => {
              if (event.key === 'ArrowRight') step(1);
              if (event.key === 'ArrowLeft') step(-1);
            }}
          >
            {tab.label}
            {tab.n !== undefined && <span className="n">{tab.n}</span>}
          </button>
        ))}
      </div>
      {aside !== undefined && <span className="small quiet nowrap">{aside}</span>}
    </div>
  );
}
