import { createContext, type ReactNode, useContext } from 'react';
import { createPortal } from 'react-dom';

/** The place in the head of the panel where a preview puts its tools. */
export const ToolPlace = createContext<HTMLElement | null>(null);

/** What one can change about a preview, shown in the head of its panel. */
export function Tools({ children }: { children: ReactNode }) {
  const place = useContext(ToolPlace);
  return place === null ? <div className="row preview-tools">{children}</div> : createPortal(children, place);
}

interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  options: ReadonlyArray<readonly [T, string]>;
  onChange: (value: T) => void;
}

/** A choice with its name in front: `stretch | asinh`. */
export function Choice<T extends string>({ label, value, options, onChange }: ChoiceProps<T>) {
  return (
    <label className="chip">
      <span className="name">{label}</span>
      <select
        value={value}
        onChange={(event) => {
          const next = options.find(([each]) => each === event.target.value);
          if (next !== undefined) onChange(next[0]);
        }}
      >
        {options.map(([each, word]) => (
          <option key={each} value={each}>
            {word}
          </option>
        ))}
      </select>
    </label>
  );
}

/** A few ways to look at the same thing, side by side. */
export function Segments<T extends string>({ label, value, options, onChange }: ChoiceProps<T>) {
  return (
    <fieldset className="segments" aria-label={label}>
      {options.map(([each, word]) => (
        <button key={each} type="button" aria-pressed={each === value} onClick={() => onChange(each)}>
          {word}
        </button>
      ))}
    </fieldset>
  );
}
