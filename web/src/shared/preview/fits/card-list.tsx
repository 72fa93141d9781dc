import { useState } from 'react';
import { exact, plural } from '../../format.ts';
import { marked } from '../../marked.tsx';
import type { FitsCard } from './header.ts';

const maxShown = 500;

/** The cards of a header with a search over keyword, value and comment. */
export function CardList({ cards }: { cards: readonly FitsCard[] }) {
  const [query, setQuery] = useState('');
  const wanted = query.toLowerCase();
  const filled = cards.filter((card) => card.keyword !== '' || card.comment !== '');
  const found = filled.filter(({ keyword, text, comment }) =>
    `${keyword} ${text} ${comment}`.toLowerCase().includes(wanted),
  );
  return (
    <div className="fits-cards">
      <label className="card-find">
        <span className="only-read">Find in the header</span>
        <input
          placeholder={`Find in ${plural(filled.length, 'card')}`}
          value={query}
          onChange={(event) => setQuery(event.target.value)}
        />
        {query !== '' && (
          <span className="small faint" role="status">
            {exact(found.length)}
          </span>
        )}
      </label>
      <section
        className="card-box"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        tabIndex={0}
        aria-label="Header cards"
      >
        <dl>
          {found.slice(0, maxShown).map(({ keyword, text, comment }, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: COMMENT and HISTORY repeat their keyword
            <div key={at}>
              <dt>{marked(keyword, query)}</dt>
              <dd>
                {text !== '' && marked(text, query)}
                {comment !== '' && <span className="comment"> {marked(comment, query)}</span>}
              </dd>
            </div>
          ))}
        </dl>
        {found.length > maxShown && (
          <p className="small faint">
            {plural(found.length - maxShown, 'card')} more; search for what you need.
          </p>
        )}
      </section>
    </div>
  );
}
