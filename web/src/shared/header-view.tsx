import { useState } from 'react';
import { plural } from './format.ts';
import type { Header } from './header-cards.ts';
import { marked } from './marked.tsx';
import { Segments } from './preview/tools.tsx';

const maxCards = 500;

/** Headers of FITS files as a job summed them up: a table with a search. */
export function HeaderCards({ headers }: { headers: Header[] }) {
  const [query, setQuery] = useState('');
  const [chosen, setChosen] = useState(0);
  const cards = headers[chosen]?.cards ?? [];
  const wanted = query.toLowerCase();
  const shown = cards.filter((card) =>
    `${card.keyword} ${card.value} ${card.comment}`.toLowerCase().includes(wanted),
  );
  return (
    <>
      <div className="row" style={{ padding: '8px 16px' }}>
        {headers.length > 1 && (
          <Segments
            label="HDU"
            value={String(chosen)}
            options={headers.map((header, at) => [String(at), header.label])}
            onChange={(value) => setChosen(Number(value))}
          />
        )}
        <label className="input" style={{ minHeight: 28, width: 200 }}>
          <span className="only-read">Find in the header</span>
          <input
            placeholder={`Find in ${plural(cards.length, 'card')}`}
            value={query}
            onChange={(event) => setQuery(event.target.value)}
          />
        </label>
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
            {shown.slice(0, maxCards).map((card, index) => (
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
        {shown.length > maxCards && (
          <p className="panel-pad small quiet">
            {plural(shown.length - maxCards, 'card')} more; search for what you need.
          </p>
        )}
      </section>
    </>
  );
}
