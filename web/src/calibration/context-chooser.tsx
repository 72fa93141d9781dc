import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { contextsQuery, observatoryQuery } from './queries.ts';

interface ChooserProps {
  observatory: string;
  /** Name of the control, read aloud and drawn in the chip. */
  name: string;
  /** As the address has it; undefined = the latest one, or none where `none` is given. */
  value: string | undefined;
  onChange: (value: string | undefined) => void;
  /** What it means to choose nothing, in place of the latest context. */
  none?: string;
}

const recent = 12;
const other = '\0other';

/** A context by what it is for, by its name, or by a date. */
export function ContextChooser({ observatory, name, value, onChange, none }: ChooserProps) {
  const { data } = useQuery(observatoryQuery(observatory));
  const list = useQuery(contextsQuery(observatory, { limit: recent }));
  const [isTyping, setTyping] = useState(false);
  const [text, setText] = useState('');
  const { latest = null, edit = null } = data?.contexts ?? {};
  const names = (list.data?.rows ?? []).map((row) => row.name);
  const known = new Set(['', `${observatory}-edit`, ...names]);
  const choose = (chosen: string) => {
    if (chosen === other) setTyping(true);
    else onChange(chosen === '' ? undefined : chosen);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTyping(false);
    if (text.trim() !== '') onChange(text.trim());
  };
  if (isTyping)
    return (
      <form className="row tight" onSubmit={submit}>
        <label className="input small jump">
          <span className="faint">{name}</span>
          <input
            className="mono"
            aria-label={`${name}, its name or a date`}
            placeholder={`${observatory}_0042.pmap or 2020-05-01`}
            // biome-ignore lint/a11y/noAutofocus: the field was just asked for
            autoFocus
            value={text}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Escape') setTyping(false);
            }}
          />
        </label>
        <button type="submit" className="button small">
          Use
        </button>
      </form>
    );
  return (
    <label className="chip">
      <span className="name">{name}</span>
      <select value={value ?? ''} onChange={(event) => choose(event.target.value)}>
        <option value="">{none ?? `latest${latest === null ? '' : ` = ${latest}`}`}</option>
        {edit !== null && <option value={`${observatory}-edit`}>edit = {edit}</option>}
        {value !== undefined && !known.has(value) && <option value={value}>{value}</option>}
        {names.length > 0 && (
          <optgroup label="Recent">
            {names.map((each) => (
              <option key={each} value={each}>
                {each}
              </option>
            ))}
          </optgroup>
        )}
        <option value={other}>another, or a date …</option>
      </select>
    </label>
  );
}
