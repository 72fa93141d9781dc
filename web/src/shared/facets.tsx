import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { count } from './format.ts';
import { Glyph } from './glyphs.tsx';
import { onTopic } from './live.ts';
import { type Family, faceOf } from './states.ts';

interface FacetsProps {
  label: string;
  family: Family;
  /** Objects per word; undefined while the first answer is under way. */
  counts: Readonly<Record<string, number>> | undefined;
  /** Words that are shown though nothing has them, in their order; others follow when something has them. */
  always: readonly string[];
  chosen: readonly string[];
  /** False when counting stopped early: each number is then "at least". */
  exact: boolean;
  onChoose: (words: string[]) => void;
}

/** How many objects there are in each state; each number is the list of them. */
export function Facets({ label, family, counts, always, chosen, exact, onChoose }: FacetsProps) {
  if (counts === undefined) return <div className="facets" style={{ height: 26 }} />;
  const least = exact ? '' : '≥ ';
  const total = Object.values(counts).reduce((sum, n) => sum + n, 0);
  const others = Object.keys(counts).filter((word) => !always.includes(word) && (counts[word] ?? 0) > 0);
  return (
    <fieldset className="facets" aria-label={label}>
      <button type="button" className="all" aria-pressed={chosen.length === 0} onClick={() => onChoose([])}>
        <b>{least + count(total)}</b> all
      </button>
      {[...always, ...others].map((word) => (
        <button
          key={word}
          type="button"
          aria-pressed={chosen.includes(word)}
          onClick={() => onChoose(chosen.includes(word) ? [] : [word])}
        >
          <Glyph face={faceOf(family, word)} size={12} />
          <b>{least + count(counts[word] ?? 0)}</b> {word}
        </button>
      ))}
    </fieldset>
  );
}

/** Asks for figures anew while their objects change, at most every two seconds. */
export function useFreshFigures(topic: string, queryKey: readonly unknown[]): void {
  const queryClient = useQueryClient();
  const spelled = JSON.stringify(queryKey);
  useEffect(() => {
    let due: ReturnType<typeof setTimeout> | undefined;
    const leave = onTopic(topic, () => {
      due ??= setTimeout(() => {
        due = undefined;
        void queryClient.invalidateQueries({ queryKey: JSON.parse(spelled) as unknown[] });
      }, 2000);
    });
    return () => {
      clearTimeout(due);
      leave();
    };
  }, [queryClient, topic, spelled]);
}
