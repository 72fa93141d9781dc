import type { FoundRow } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { get, withQuery } from './api.ts';
import { Dialog } from './dialog.tsx';
import { Icon } from './glyphs.tsx';
import { keyActs } from './keys.ts';
import { recentPages } from './recent.ts';

interface Choice {
  id: string;
  group: string;
  title: string;
  mono: boolean;
  note?: string;
  keys?: string;
  run: () => void;
}

/** Finds an object of any service, a page, or an act of the page shown; `Ctrl K`. */
export function Palette({
  pages,
  onClose,
}: {
  pages: Array<{ label: string; to: string }>;
  onClose: () => void;
}) {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const query = useDeferredValue(text.trim());
  const navigate = useNavigate();
  const acts = useRef(keyActs());
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const found = useQuery({
    queryKey: ['core', 'find', query],
    queryFn: ({ signal }) =>
      get<{ rows: FoundRow[] } | FoundRow[]>(withQuery('/api/core/find', { q: query }), signal),
    enabled: query.length >= 2,
    staleTime: 10_000,
    placeholderData: (before) => before,
  });
  const choices = useMemo(() => {
    const go = (to: string) => () => void navigate({ to: to.replace(/^\/ui(?=\/|$)/, '') || '/' });
    const data = found.data;
    const rows = query.length < 2 || data === undefined ? [] : Array.isArray(data) ? data : data.rows;
    const low = query.toLowerCase();
    const fits = (label: string) => low === '' || label.toLowerCase().includes(low);
    const list: Choice[] = rows.map((row) => ({
      id: `found:${row.service}:${row.kind}:${row.id}`,
      group: row.kind,
      title: row.title,
      mono: true,
      ...(row.note === undefined ? {} : { note: row.note }),
      run: go(row.href),
    }));
    for (const page of recentPages()) {
      if (fits(page.label))
        list.push({
          id: `recent:${page.to}`,
          group: 'Recent',
          title: page.label,
          mono: true,
          run: go(page.to),
        });
    }
    for (const page of pages) {
      if (fits(page.label))
        list.push({
          id: `page:${page.to}`,
          group: 'Pages',
          title: page.label,
          mono: false,
          run: go(page.to),
        });
    }
    for (const act of acts.current) {
      if (act.group !== 'Go to' && act.keys !== 'ctrl+k' && fits(act.what))
        list.push({
          id: `act:${act.keys}`,
          group: 'Acts on this page',
          title: act.what,
          mono: false,
          keys: act.keys,
          run: act.run,
        });
    }
    return list.slice(0, 40);
  }, [found.data, query, pages, navigate]);
  const chosen = Math.min(at, Math.max(choices.length - 1, 0));
  const take = (choice: Choice | undefined) => {
    if (choice === undefined) return;
    onClose();
    choice.run();
  };
  return (
    <Dialog label="Find" className="palette" onClose={onClose}>
      <div className="find-row">
        <Icon name="search" />
        <input
          ref={input}
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant={choices[chosen] === undefined ? undefined : `choice-${chosen}`}
          aria-label="Find an id, a name, a hash, a page or an act"
          placeholder="an id, a name, a hash, a page"
          value={text}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={(event) => {
            if (event.key === 'ArrowDown') setAt(Math.min(chosen + 1, choices.length - 1));
            else if (event.key === 'ArrowUp') setAt(Math.max(chosen - 1, 0));
            else if (event.key === 'Enter') take(choices[chosen]);
            else return;
            event.preventDefault();
          }}
        />
        <kbd>Esc</kbd>
      </div>
      <div role="listbox" id="palette-list" aria-label="Found">
        {choices.map((choice, index) => (
          <div key={choice.id} role="presentation">
            {choices[index - 1]?.group !== choice.group && <div className="group label">{choice.group}</div>}
            {/* biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the keys */}
            <div
              role="option"
              tabIndex={-1}
              id={`choice-${index}`}
              aria-selected={index === chosen}
              onClick={() => take(choice)}
            >
              <span className={choice.mono ? 'mono' : ''}>{choice.title}</span>
              {choice.note !== undefined && <span className="small faint">{choice.note}</span>}
              {choice.keys !== undefined ? <kbd>{choice.keys}</kbd> : index === chosen && <kbd>Enter</kbd>}
            </div>
          </div>
        ))}
        {choices.length === 0 && (
          <p className="empty quiet">{found.isFetching ? 'Looking …' : `Nothing is called “${query}”.`}</p>
        )}
      </div>
    </Dialog>
  );
}
