import { uwsPhases } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { Empty } from '../shared/blanks.tsx';
import { Href } from '../shared/link.tsx';
import { TermFilter } from '../shared/term-filter.tsx';
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

/** The filter line of job lists. */
export function JobFilters({ q, at, definition, onChange, onNow }: FiltersProps) {
  const { data: definitions } = useQuery({ ...definitionsQuery, enabled: definition === undefined });
  const valuesOf = (field: string): readonly string[] => {
    if (field === 'phase') return uwsPhases;
    if (field === 'owner') return ['me'];
    return field === 'definition' ? (definitions?.rows.map(({ name }) => name) ?? []) : [];
  };
  return (
    <TermFilter
      q={q}
      terms={termsOf(q)}
      textOf={textOf}
      problems={problemsOf(q)}
      placeholder="phase:ERROR after:2026-11-01 part of a name"
      fields={
        definition === undefined ? filterFields : filterFields.filter((field) => field !== 'definition')
      }
      valuesOf={valuesOf}
      at={at}
      onChange={onChange}
      onNow={onNow}
    />
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
