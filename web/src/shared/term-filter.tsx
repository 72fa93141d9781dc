import type { ReactNode } from 'react';
import { Chip, FilterBar } from './filter-bar.tsx';
import type { FilterTerm } from './filter-terms.ts';
import { Glyph } from './glyphs.tsx';
import { Time } from './time.tsx';

interface TermFilterProps {
  q: string;
  terms: readonly FilterTerm[];
  textOf: (terms: readonly FilterTerm[]) => string;
  /** What the text says that means nothing, as sentences. */
  problems: readonly string[];
  placeholder: string;
  fields: readonly string[];
  valuesOf: (field: string) => readonly string[];
  /** The time the list begins at; undefined = now. */
  at?: string | undefined;
  /** What the time is of: `made until`. */
  atName?: string;
  onChange: (text: string, replace?: boolean) => void;
  onNow?: () => void;
  children?: ReactNode;
}

/** The text query with a chip for each of its terms, and what it does not understand. */
export function TermFilter(props: TermFilterProps) {
  const { q, terms, textOf, problems, at, onChange, onNow } = props;
  return (
    <>
      <FilterBar
        value={q}
        onChange={(text) => onChange(text, true)}
        placeholder={props.placeholder}
        fields={props.fields}
        valuesOf={props.valuesOf}
      >
        {at !== undefined && onNow !== undefined && (
          <Chip name={props.atName ?? 'made until'} onRemove={onNow}>
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
        {props.children}
      </FilterBar>
      {problems.length > 0 && (
        <p className="small tone-partial state" role="status">
          <Glyph face="partial" size={11} /> {problems.join(' ')}
        </p>
      )}
    </>
  );
}
