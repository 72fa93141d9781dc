import { type ReactNode, useId } from 'react';

interface FieldProps {
  label: string;
  /** Under the field; a problem takes its place. */
  note?: ReactNode;
  problem?: string | undefined;
  /** Draws the control; `id` ties it to the label and `described` to the note. */
  children: (ids: { id: string; 'aria-describedby': string; 'aria-invalid': boolean }) => ReactNode;
  unit?: string;
}

/** Label above, control, unit in it, description or problem under it. */
export function Field({ label, note, problem, children, unit }: FieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <span className={`input ${problem === undefined ? '' : 'bad'}`}>
        {children({ id, 'aria-describedby': `${id}-note`, 'aria-invalid': problem !== undefined })}
        {unit !== undefined && <span className="unit">{unit}</span>}
      </span>
      <span id={`${id}-note`} className={`small ${problem === undefined ? 'faint' : 'error'}`}>
        {problem ?? note}
      </span>
    </div>
  );
}
