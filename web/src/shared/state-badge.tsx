import { duration } from './format.ts';
import { Glyph } from './glyphs.tsx';
import { type Face, type Family, faceMeaning, faceOf } from './states.ts';

interface StateProps {
  family: Family;
  word: string;
  /** Seconds over the deadline; the clock then stands in the glyph's place. */
  overdueSeconds?: number;
  /** The person who has to act is the one who looks. */
  you?: boolean;
}

/** A state in a row: glyph and the wire's own word, no ground. */
export function State({ family, word, overdueSeconds, you = false }: StateProps) {
  const face = faceOf(family, word);
  return (
    <span className="state" title={you ? 'waits for you' : faceMeaning[face]}>
      <Glyph face={overdueSeconds !== undefined ? 'overdue' : you ? 'you' : face} />
      <span className="word">{word}</span>
      {overdueSeconds !== undefined && <span className="overdue-flag">{duration(overdueSeconds)}</span>}
    </span>
  );
}

/** A state in a header: pill with wash. */
export function StatePill({ family, word, you = false }: StateProps) {
  return <FacePill face={you ? 'you' : faceOf(family, word)} word={you ? 'waits for you' : word} />;
}

export function FacePill({ face, word }: { face: Face | 'you'; word: string }) {
  return (
    <span
      className={`pill face-${face}`}
      title={face === 'you' ? 'idle, and you are the person' : faceMeaning[face]}
    >
      <Glyph face={face} />
      {word}
    </span>
  );
}

/** The red flag over any state. */
export function OverdueFlag({ seconds, text }: { seconds: number; text?: string }) {
  return (
    <span className="overdue-flag" title="past its deadline">
      <Glyph face="overdue" />
      {text === undefined ? `overdue by ${duration(seconds)}` : `${text} ${duration(seconds)}`}
    </span>
  );
}
