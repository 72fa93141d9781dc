import type { CrdsBestReferences, CrdsOutcome, CrdsRecommendation } from '@orrery/contracts';
import { Glyph } from '../shared/glyphs.tsx';
import { useKeys } from '../shared/keys.ts';
import type { Face } from '../shared/states.ts';
import { FileLink } from './file-state.tsx';

export const outcomeFaces: Record<CrdsOutcome, Face> = {
  found: 'good',
  'not-applicable': 'stopped',
  'not-found': 'bad',
  omitted: 'stopped',
};

const outcomeWords: Record<CrdsOutcome, string> = {
  found: 'found',
  'not-applicable': 'not applicable',
  'not-found': 'not found',
  omitted: 'left out',
};

/** First what deviates: no reference, a bad or tied one, the plain ones, and last what does not apply. */
function rank({ outcome, ambiguous, files }: CrdsRecommendation): number {
  if (outcome === 'not-found') return 0;
  if (outcome !== 'found') return 3;
  return ambiguous || files.some(({ known, rejected }) => rejected || !known) ? 1 : 2;
}

export const inOrder = (types: readonly CrdsRecommendation[]): CrdsRecommendation[] =>
  types.toSorted((a, b) => rank(a) - rank(b) || (a.type < b.type ? -1 : 1));

/** The type that is explained when none was chosen. */
export const firstType = ({ types }: CrdsBestReferences): string | undefined => inOrder(types)[0]?.type;

interface TypesProps {
  observatory: string;
  answer: Pick<CrdsBestReferences, 'types'>;
  chosen?: string | undefined;
  /** Values are still being chosen: what a type waits for is no failure. */
  isChoosing?: boolean;
  /** Without it the rows only show. */
  onChoose?: (type: string) => void;
}

/** The recommendation for each type; `j` and `k` go through them. */
export function AnswerTypes({ observatory, answer, isChoosing = false, chosen, onChoose }: TypesProps) {
  const types = inOrder(answer.types);
  const move = (by: number) => {
    const at = types.findIndex(({ type }) => type === chosen);
    const next = types[Math.max(0, Math.min(types.length - 1, at + by))];
    if (next !== undefined) onChoose?.(next.type);
  };
  useKeys([
    { keys: 'j', what: 'next type', group: 'This page', run: () => move(1) },
    { keys: 'k', what: 'type before', group: 'This page', run: () => move(-1) },
  ]);
  return (
    <section className="panel types" aria-label="Best references">
      <table className="table hover">
        <thead>
          <tr>
            <th scope="col">Type</th>
            <th scope="col">Best reference</th>
          </tr>
        </thead>
        <tbody>
          {types.map((each) => (
            <tr key={each.type} className={each.type === chosen ? 'on' : undefined}>
              <th scope="row">
                {onChoose === undefined ? (
                  each.type
                ) : (
                  <button
                    type="button"
                    className="link"
                    aria-pressed={each.type === chosen}
                    title="Why this file?"
                    onClick={() => {
                      onChoose(each.type);
                      document.getElementById('why')?.scrollIntoView({ block: 'nearest' });
                    }}
                  >
                    {each.type}
                  </button>
                )}
              </th>
              <td>
                {isChoosing && wantedBy(each) !== undefined ? (
                  <span className="faint">
                    <Glyph face="idle" size={12} /> waits for {wantedBy(each)}
                  </span>
                ) : (
                  <Recommended observatory={observatory} each={each} />
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** The value a type has no answer without; undefined when it has all it needs. */
export function wantedBy({ outcome, message }: CrdsRecommendation): string | undefined {
  if (outcome !== 'not-found') return undefined;
  const named = /parameter='([^']+)' value='UNDEFINED'/.exec(message);
  return named?.[1] ?? (/date\/time values? is UNDEFINED/i.test(message) ? 'the date and time' : undefined);
}

/** The files of a type, or in words why there is none. */
export function Recommended({ observatory, each }: { observatory: string; each: CrdsRecommendation }) {
  if (each.outcome !== 'found')
    return (
      <span className={each.outcome === 'not-found' ? 'tone-bad' : 'faint'} title={each.message}>
        <Glyph face={outcomeFaces[each.outcome]} size={12} />{' '}
        {each.outcome === 'not-found'
          ? each.message.replace(/^NOT FOUND\s*/, '') || 'not found'
          : outcomeWords[each.outcome]}
      </span>
    );
  return (
    <>
      {each.files.map(({ key, name, known, rejected, badReason }) => (
        <div key={`${key} ${name}`} title={badReason}>
          {key !== null && <span className="label">{key} </span>}
          <FileLink observatory={observatory} name={name} known={known} bad={rejected} />
        </div>
      ))}
      {each.ambiguous && (
        <span className="small tone-partial">
          <Glyph face="partial" size={11} /> several rules fit
        </span>
      )}
    </>
  );
}
