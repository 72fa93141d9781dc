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
  /** Words that are shown though nothing has them. */
  always: readonly string[];
  /** All words in the order they stand in; others follow. */
  order: readonly string[];
  chosen: readonly string[];
  /** False when counting stopped early: each number is then "at least". */
  exact: boolean;
  /** What the numbers do not hold. */
  note?: string;
  onChoose: (words: string[]) => void;
}

/** How many objects there are in each state; each number is the list of them. */
export function Facets({ label, family, counts, always, order, chosen, exact, note, onChoose }: FacetsProps) {
  if (counts === undefined) return <div className="facets" style={{ height: 26 }} />;
  const least = exact ? '' : '≥ ';
  const total = Object.values(counts).reduce((sum, n) => sum + n, 0);
  const others = Object.keys(counts).filter((word) => !always.includes(word) && (counts[word] ?? 0) > 0);
  const rank = (word: string) => (order.includes(word) ? order.indexOf(word) : order.length);
  const words = [...always, ...others].sort((a, b) => rank(a) - rank(b));
  return (
    <fieldset className="facets" aria-label={label}>
      <button type="button" className="all" aria-pressed={chosen.length === 0} onClick={() => onChoose([])}>
        <b>{least + count(total)}</b> all
      </button>
      {words.map((word) => (
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
      {note !== undefined && <span className="small faint">{note}</span>}
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
