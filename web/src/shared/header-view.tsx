import { useMemo, useState } from 'react';
import { count } from './format.ts';
import { findHeaders, type Header } from './header-cards.ts';
import { parseJson } from './json.ts';
import { marked } from './log-view.tsx';

/** JSON indented; headers of FITS files as a table with a search. */
export function JsonBody({ text }: { text: string }) {
  const value = useMemo(() => parseJson(text), [text]);
  const headers = useMemo(() => findHeaders(value), [value]);
  const [asText, setAsText] = useState(false);
  if (headers.length > 0 && !asText) return <HeaderCards headers={headers} onText={() => setAsText(true)} />;
  return (
    <>
      {headers.length > 0 && (
        <button
          type="button"
          className="link small"
          style={{ padding: '8px 16px 0' }}
          onClick={() => setAsText(false)}
        >
          As table
        </button>
      )}
      <pre className="preview-text">{value === undefined ? text : JSON.stringify(value, null, 2)}</pre>
    </>
  );
}

function HeaderCards({ headers, onText }: { headers: Header[]; onText: () => void }) {
  const [query, setQuery] = useState('');
  const [chosen, setChosen] = useState(0);
  const cards = headers[chosen]?.cards ?? [];
  const low = query.toLowerCase();
  const shown = cards.filter((card) =>
    `${card.keyword} ${card.value} ${card.comment}`.toLowerCase().includes(low),
  );
  return (
    <>
      <div className="row" style={{ padding: '8px 16px' }}>
        {headers.length > 1 && (
          <fieldset className="segments" aria-label="HDU">
            {headers.map((header, index) => (
              <button
                key={header.label}
                type="button"
                aria-pressed={index === chosen}
                onClick={() => setChosen(index)}
              >
                {header.label}
              </button>
            ))}
          </fieldset>
        )}
        <label className="input" style={{ minHeight: 28, width: 200 }}>
          <span className="only-read">Find in the header</span>
          <input
            placeholder={`Find in ${count(cards.length)} cards`}
            value={query}
            onChange={(event) => setQuery(event.target.value)}
          />
        </label>
        <button type="button" className="link small" onClick={onText}>
          As JSON
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section tabIndex={0} aria-label="Header" style={{ maxHeight: 420, overflow: 'auto' }}>
        <table className="table" aria-label="Header cards">
          <thead>
            <tr>
              <th scope="col">Keyword</th>
              <th scope="col">Value</th>
              <th scope="col">Comment</th>
            </tr>
          </thead>
          <tbody>
            {shown.slice(0, 500).map((card, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: HISTORY and COMMENT cards repeat their keyword
              <tr key={index}>
                <th scope="row" className="mono faint">
                  {marked(card.keyword, query)}
                </th>
                <td className="mono wrap-any">{marked(card.value, query)}</td>
                <td className="quiet small fill">{marked(card.comment, query)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}
