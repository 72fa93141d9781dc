import type { ReactNode } from 'react';

/** The text with every match marked. */
export function marked(text: string, query: string): ReactNode {
  if (query === '') return text;
  const parts: ReactNode[] = [];
  const low = text.toLowerCase();
  const wanted = query.toLowerCase();
  let from = 0;
  for (let hit = low.indexOf(wanted); hit >= 0; hit = low.indexOf(wanted, from)) {
    parts.push(text.slice(from, hit), <mark key={hit}>{text.slice(hit, hit + wanted.length)}</mark>);
    from = hit + wanted.length;
  }
  parts.push(text.slice(from));
  return parts;
}
