import type { PandaShareRow } from '@orrery/contracts';
import { percent } from '../shared/format.ts';

/** What a share has as a bar, what it should have as a line across it. The figures stand beside it. */
export function ShareBar({ row: { name, actual, target } }: { row: PandaShareRow }) {
  const has = Math.min(100, actual ?? 0);
  const text = `${name} has ${actual === null ? 'nothing' : percent(actual / 100)}, should have ${percent(target / 100)}`;
  return (
    <span className="share-bar" title={text} aria-hidden="true">
      <i style={{ width: `${has}%` }} />
      <b style={{ left: `min(${target}%, calc(100% - 2px))` }} />
    </span>
  );
}
