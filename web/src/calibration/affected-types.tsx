import type { CrdsAffectedDetails } from '@orrery/contracts';
import { Empty } from '../shared/blanks.tsx';
import { count } from '../shared/format.ts';

interface Chosen {
  instrument?: string | undefined;
  type: string;
}

interface TypesProps {
  types: CrdsAffectedDetails['types'];
  chosen: Chosen | undefined;
  onChoose: (chosen: Chosen | undefined) => void;
}

const shown = 12;

/** What the difference of the contexts touches, most affected first; a type narrows the list to its datasets. */
export function AffectedTypes({ types, chosen, onChoose }: TypesProps) {
  const sorted = types.toSorted((a, b) => b.affected - a.affected);
  const hidden = sorted.slice(shown);
  if (types.length === 0)
    return (
      <div className="panel">
        <Empty title="No type is touched">
          The two contexts differ in nothing that could change a recommendation.
        </Empty>
      </div>
    );
  const isChosen = ({ instrument, type }: TypesProps['types'][number]) =>
    chosen?.type === type && chosen.instrument === instrument;
  const visible = sorted.filter((each, index) => index < shown || isChosen(each));
  return (
    <fieldset className="facets" aria-label="Changes by type">
      <button
        type="button"
        className="all"
        aria-pressed={chosen === undefined}
        onClick={() => onChoose(undefined)}
      >
        all types
      </button>
      {visible.map((each) => (
        <button
          key={`${each.instrument} ${each.type}`}
          type="button"
          aria-pressed={isChosen(each)}
          title={each.since === null ? 'all exposures are looked at' : `exposures since ${each.since}`}
          onClick={() => onChoose(isChosen(each) ? undefined : each)}
        >
          <b>{count(each.affected)}</b> {each.instrument} {each.type}
        </button>
      ))}
      {hidden.length > 0 && (
        <label className="row tight small">
          <span className="only-read">More types</span>
          <select
            className="more-types"
            value=""
            onChange={({ target: { value } }) => onChoose(hidden[Number(value)])}
          >
            <option value="">{count(hidden.length)} more</option>
            {hidden.map((each, index) => (
              <option key={`${each.instrument} ${each.type}`} value={index}>
                {each.instrument} {each.type}: {count(each.affected)}
              </option>
            ))}
          </select>
        </label>
      )}
    </fieldset>
  );
}
