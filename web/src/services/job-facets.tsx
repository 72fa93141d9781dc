import type { UwsJobFilter } from '@orrery/contracts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { count } from '../shared/format.ts';
import { Glyph } from '../shared/glyphs.tsx';
import { onTopic } from '../shared/live.ts';
import { faceOf } from '../shared/states.ts';
import { termsOf, textOf } from './filter.ts';
import { facetsQuery } from './queries.ts';

const shownFacets = ['PENDING', 'QUEUED', 'EXECUTING', 'COMPLETED', 'ERROR', 'ABORTED'];

/** How many jobs there are in each phase; each number is the list of them. */
export function Facets({
  filter,
  q,
  onChange,
}: {
  filter: UwsJobFilter;
  q: string;
  onChange: (text: string) => void;
}) {
  const { phase: chosen = [], ...others } = filter;
  const query = facetsQuery(others);
  const { data } = useQuery(query);
  const queryClient = useQueryClient();
  useEffect(() => {
    let due: ReturnType<typeof setTimeout> | undefined;
    const leave = onTopic('uws.job', () => {
      due ??= setTimeout(() => {
        due = undefined;
        void queryClient.invalidateQueries({ queryKey: ['uws', 'facets'] });
      }, 2000);
    });
    return () => {
      clearTimeout(due);
      leave();
    };
  }, [queryClient]);
  const terms = termsOf(q).filter((term) => term.field !== 'phase');
  const choose = (phases: string[]) =>
    onChange(textOf([...phases.map((value) => ({ field: 'phase', value })), ...terms]));
  if (data === undefined) return <div className="facets" style={{ height: 26 }} />;
  const least = data.exact ? '' : '≥ ';
  const total = Object.values(data.phases).reduce((sum, n) => sum + n, 0);
  const words = Object.keys(data.phases).filter(
    (word) => shownFacets.includes(word) || (data.phases[word] ?? 0) > 0,
  );
  words.sort((a, b) => rank(a) - rank(b));
  return (
    <fieldset className="facets" aria-label="Jobs by phase">
      <button type="button" className="all" aria-pressed={chosen.length === 0} onClick={() => choose([])}>
        <b>{least + count(total)}</b> all
      </button>
      {words.map((word) => (
        <button
          key={word}
          type="button"
          aria-pressed={(chosen as string[]).includes(word)}
          onClick={() => choose((chosen as string[]).includes(word) ? [] : [word])}
        >
          <Glyph face={faceOf('uwsJob', word)} size={12} />
          <b>{least + count(data.phases[word] ?? 0)}</b> {word}
        </button>
      ))}
    </fieldset>
  );
}

const rank = (word: string) => (shownFacets.includes(word) ? shownFacets.indexOf(word) : 99);
