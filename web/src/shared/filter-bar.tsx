import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useKeys } from './keys.ts';

interface FilterBarProps {
  value: string;
  onChange: (text: string) => void;
  placeholder: string;
  /** Names of fields, offered while typing. */
  fields: readonly string[];
  /** Values of a field, offered after its name and the colon. */
  valuesOf?: (field: string) => readonly string[];
  children?: ReactNode;
}

/** One line: text query and chips. `/` goes to it; Enter or half a second of rest applies it. */
export function FilterBar({ value, onChange, placeholder, fields, valuesOf, children }: FilterBarProps) {
  const [text, setText] = useState(value);
  const ref = useRef<HTMLInputElement>(null);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => onChange(text), 350);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  useKeys([{ keys: '/', what: 'filter', group: 'Lists', run: () => ref.current?.focus() }]);
  return (
    <div className="filter-line">
      <label className="input filter-query" title={`Fields: ${fields.join(', ')}`}>
        <span className="small faint">filter</span>
        <input
          ref={ref}
          value={text}
          placeholder={placeholder}
          list="filter-fields"
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') onChange(text);
            if (event.key === 'Escape') ref.current?.blur();
          }}
        />
      </label>
      <datalist id="filter-fields">
        {completions(text, fields, valuesOf).map((each) => (
          <option key={each} value={each} />
        ))}
      </datalist>
      {children}
    </div>
  );
}

/** Whole texts that the last word may become: names of fields, and after a colon the values of that one. */
export function completions(
  text: string,
  fields: readonly string[],
  valuesOf: (field: string) => readonly string[] = () => [],
): string[] {
  const before = text.replace(/\S*$/, '');
  const word = text.slice(before.length);
  const [, sign = '', field] = /^(-?)([a-zA-Z]+):/.exec(word) ?? [];
  if (field === undefined) return fields.map((each) => `${before}${each}:`);
  return valuesOf(field).map((each) => `${before}${sign}${field}:${/\s/.test(each) ? `"${each}"` : each}`);
}

/** A chosen filter with its way out. */
export function Chip({
  name,
  children,
  onRemove,
}: {
  name: string;
  children: ReactNode;
  onRemove?: () => void;
}) {
  return (
    <span className="chip">
      <span className="name">{name}</span>
      <span className="value">{children}</span>
      {onRemove !== undefined && (
        <button type="button" aria-label={`Remove the filter ${name}`} onClick={onRemove}>
          ×
        </button>
      )}
    </span>
  );
}
