import { uwsPhases } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { Empty } from '../shared/blanks.tsx';
import { Chip, FilterBar } from '../shared/filter-bar.tsx';
import { Glyph } from '../shared/glyphs.tsx';
import { Href } from '../shared/link.tsx';
import { Time } from '../shared/time.tsx';
import { filterFields, problemsOf, termsOf, textOf } from './filter.ts';
import { definitionsQuery } from './queries.ts';

interface FiltersProps {
  q: string;
  /** The time the list begins at; undefined = now. */
  at: string | undefined;
  definition: string | undefined;
  onChange: (text: string, replace?: boolean) => void;
  onNow: () => void;
}

/** The text query with a chip for each of its terms, and what it does not understand. */
export function JobFilters({ q, at, definition, onChange, onNow }: FiltersProps) {
  const terms = termsOf(q);
  const problems = problemsOf(q);
  const { data: definitions } = useQuery({ ...definitionsQuery, enabled: definition === undefined });
  const valuesOf = (field: string): readonly string[] => {
    if (field === 'phase') return uwsPhases;
    if (field === 'owner') return ['me'];
    return field === 'definition' ? (definitions?.rows.map(({ name }) => name) ?? []) : [];
  };
  return (
    <>
      <FilterBar
        value={q}
        onChange={(text) => onChange(text, true)}
        placeholder="phase:ERROR after:2026-11-01 part of a name"
        fields={
          definition === undefined ? filterFields : filterFields.filter((field) => field !== 'definition')
        }
        valuesOf={valuesOf}
      >
        {at !== undefined && (
          <Chip name="made until" onRemove={onNow}>
            <Time at={at} />
          </Chip>
        )}
        {terms.map((term, index) => (
          <Chip
            key={`${term.not} ${term.field} ${term.value}`}
            name={term.not ? `not ${term.field}` : term.field}
            onRemove={() => onChange(textOf(terms.filter((_, other) => other !== index)))}
          >
            {term.value}
          </Chip>
        ))}
      </FilterBar>
      {problems.length > 0 && (
        <p className="small tone-partial state" role="status">
          <Glyph face="partial" size={11} /> {problems.join(' ')}
        </p>
      )}
    </>
  );
}

/** Why the list is empty, and the one next step. */
export function NoJobs({
  q,
  onClear,
  definition,
}: {
  q: string;
  onClear: () => void;
  definition: string | undefined;
}) {
  if (q !== '') {
    return (
      <Empty
        title="No job matches"
        act={
          <button type="button" className="button small" onClick={onClear}>
            Show all jobs
          </button>
        }
      >
        The filter is <span className="mono">{q}</span>.
      </Empty>
    );
  }
  return (
    <Empty
      title="No job yet"
      act={
        <Href
          to={definition === undefined ? '/ui/services' : `/ui/services/${definition}`}
          className="button small"
        >
          {definition === undefined ? 'Choose a definition' : `Run ${definition} …`}
        </Href>
      }
    >
      A job is one run of a definition.
    </Empty>
  );
}
