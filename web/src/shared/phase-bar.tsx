import { count, percent } from './format.ts';
import { Glyph } from './glyphs.tsx';
import { Href } from './link.tsx';
import { type Face, phaseOrder } from './states.ts';

export interface PhaseShare {
  face: Face;
  word: string;
  n: number;
  href?: string;
}

/** Progress by phase: one bar, what is over first, its legend a row of links. */
export function PhaseBar({ shares, of }: { shares: PhaseShare[]; of: string }) {
  const sorted = shares
    .filter((share) => share.n > 0)
    .sort((a, b) => phaseOrder.indexOf(a.face) - phaseOrder.indexOf(b.face));
  const total = sorted.reduce((sum, share) => sum + share.n, 0);
  if (total === 0) return null;
  const over = sorted.filter((share) => ['good', 'partial', 'bad', 'stopped'].includes(share.face));
  const done = over.reduce((sum, share) => sum + share.n, 0);
  return (
    <div>
      <div className="phase-bar" aria-hidden="true">
        {sorted.map((share) => (
          <span
            key={share.word}
            className={`face-${share.face}`}
            style={{ flexGrow: share.n, flexBasis: 0 }}
          />
        ))}
      </div>
      <div className="legend">
        {sorted.map((share) => {
          const text = (
            <span className="state" key={share.word}>
              <Glyph face={share.face} size={12} />
              <b className="strong">{count(share.n)}</b> <span className="quiet">{share.word}</span>
            </span>
          );
          return share.href === undefined ? (
            <span key={share.word}>{text}</span>
          ) : (
            <Href key={share.word} to={share.href}>
              {text}
            </Href>
          );
        })}
        <span style={{ marginLeft: 'auto' }}>
          <b>{percent(done / total)}</b> <span className="quiet">of {`${count(total)} ${of}`}</span>
        </span>
      </div>
    </div>
  );
}
