import type { UwsParameterDescription } from '@orrery/contracts';
import { FileField } from './file-field.tsx';

interface FieldProps {
  parameter: UwsParameterDescription;
  value: string;
  files: File[];
  maxBytes: number;
  problem: string | undefined;
  /** Said under the field: what could not be filled in, and why. */
  lost?: string | undefined;
  /** Takes files that are dropped anywhere on the page. */
  wholePage?: boolean;
  onValue: (value: string) => void;
  onFiles: (files: File[]) => void;
}

/** One parameter of a definition: label above, unit inside the field, description and problem under it. */
export function ParameterField(props: FieldProps) {
  const { parameter, problem, lost, wholePage = false } = props;
  const id = `field-${parameter.name}`;
  const needed = parameter.required && parameter.default === null;
  return (
    <div className="field">
      <label htmlFor={id}>
        {parameter.name} {needed && <span className="faint">needed</span>}
      </label>
      {parameter.type === 'file' ? (
        <FileField {...props} wholePage={wholePage} id={id} />
      ) : (
        <ValueInput {...props} id={id} />
      )}
      {problem !== undefined && (
        <span id={`${id}-problem`} className="small error">
          {problem}
        </span>
      )}
      {lost !== undefined && <span className="small tone-partial">{lost}</span>}
      <span id={`${id}-note`} className="small faint">
        {sentence(parameter.description)}
        {rangeText(parameter)}
      </span>
    </div>
  );
}

/** Descriptions often lack their full stop, and more follows. */
function sentence(text: string): string {
  return text === '' || /[.!?]$/.test(text) ? text : `${text}.`;
}

function rangeText({ min, max, default: usual, type }: UwsParameterDescription): string {
  const range =
    min !== null && max !== null
      ? ` From ${min} to ${max}.`
      : min !== null
        ? ` At least ${min}.`
        : max !== null
          ? ` At most ${max}.`
          : '';
  return usual === null || type === 'boolean' ? range : `${range} Usually ${usual}.`;
}

function ValueInput({ parameter, value, problem, onValue, id }: FieldProps & { id: string }) {
  const described = problem === undefined ? `${id}-note` : `${id}-problem ${id}-note`;
  const common = {
    id,
    value,
    'aria-describedby': described,
    'aria-invalid': problem !== undefined,
    'aria-required': parameter.required && parameter.default === null,
  };
  const choices = parameter.type === 'boolean' ? ['true', 'false'] : parameter.options;
  const usual = parameter.default ?? '';
  if (choices !== null) {
    return (
      <span className={`input ${problem === undefined ? '' : 'bad'}`}>
        <select {...common} onChange={(event) => onValue(event.target.value)}>
          <option value="">{usual === '' ? 'not given' : `${yesNo(parameter, usual)} (usual)`}</option>
          {choices
            .filter((choice) => choice !== usual)
            .map((choice) => (
              <option key={choice} value={choice}>
                {yesNo(parameter, choice)}
              </option>
            ))}
        </select>
      </span>
    );
  }
  const long = parameter.type === 'string' && (parameter.maxLength ?? 0) > 500;
  return (
    <span className={`input ${problem === undefined ? '' : 'bad'}`}>
      {long ? (
        <textarea
          {...common}
          placeholder={usual}
          rows={3}
          onChange={(event) => onValue(event.target.value)}
        />
      ) : (
        <input
          {...common}
          placeholder={usual}
          inputMode={
            parameter.type === 'integer' ? 'numeric' : parameter.type === 'number' ? 'decimal' : 'text'
          }
          spellCheck={false}
          onChange={(event) => onValue(event.target.value)}
        />
      )}
      {parameter.unit !== null && <span className="unit">{parameter.unit}</span>}
    </span>
  );
}

function yesNo(parameter: UwsParameterDescription, word: string): string {
  if (parameter.type !== 'boolean') return word;
  return word === 'true' ? 'yes' : 'no';
}
