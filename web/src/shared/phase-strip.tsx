import { duration } from './format.ts';
import type { Face } from './states.ts';

export interface StripPhase {
  word: string;
  face: Face;
  /** Null for a last phase that has no end. */
  seconds: number | null;
  note?: string;
}

/** One bar per phase, as wide as it lasted (with a least width), word and duration under it. */
export function PhaseStrip({ phases }: { phases: StripPhase[] }) {
  return (
    <ol className="strip" aria-label="Phases and how long each lasted">
      {phases.map((phase, index) => (
        <li
          // biome-ignore lint/suspicious/noArrayIndexKey: a phase may come twice and never moves
          key={index}
          className={`face-${phase.face}`}
          style={{ flex: `${Math.max(phase.seconds ?? 0, 0) + 0.5} 1 84px` }}
          title={phase.note}
        >
          <span className="bar" />
          <span className="text">
            <b>{phase.word}</b> {phase.seconds !== null && duration(phase.seconds)}
          </span>
        </li>
      ))}
    </ol>
  );
}
