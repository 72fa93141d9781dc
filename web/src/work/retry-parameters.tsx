import {
  type PandaRetryAction,
  type PandaRetryParameters,
  type PandaRetryRuleWish,
  pandaRetryExcludable,
} from '@orrery/contracts';
import { useState } from 'react';
import { Field } from '../shared/field.tsx';

/** What an action begins with when it is chosen. */
export const usualParameters: Record<PandaRetryAction, PandaRetryParameters> = {
  no_retry: {},
  limit_retry: { maxAttempt: 2 },
  increase_memory: {},
  increase_memory_xtimes: {},
  increase_cputime: {},
  reduce_input_per_job: {},
};

interface ParametersProps {
  wish: PandaRetryRuleWish;
  onChange: (parameters: PandaRetryParameters) => void;
}

/** The numbers of the chosen action. */
export function RuleParameters({ wish, onChange }: ParametersProps) {
  const { action, parameters } = wish;
  const { maxAttempt, factor } = parameters;
  if (action === 'limit_retry')
    return (
      <NumberField
        key={action}
        label="At most"
        unit="attempts"
        value={maxAttempt}
        note="Of the files of the job, the first attempt included."
        onChange={(value) => onChange(value === undefined ? {} : { maxAttempt: Math.trunc(value) })}
      />
    );
  if (action === 'increase_memory_xtimes' || action === 'increase_cputime')
    return (
      <NumberField
        key={action}
        label="Factor"
        unit="times"
        value={factor}
        note={
          action === 'increase_cputime'
            ? 'Times what the failed job took for an event; 1.5 when empty.'
            : 'Times what the failed job had; when empty, times the number of the attempt.'
        }
        onChange={(value) => onChange(value === undefined ? {} : { factor: value })}
      />
    );
  return action === 'reduce_input_per_job' ? <Steps wish={wish} onChange={onChange} /> : null;
}

function NumberField({
  label,
  unit,
  value,
  note,
  onChange,
}: {
  label: string;
  unit?: string;
  value: number | undefined;
  note?: string;
  onChange: (value: number | undefined) => void;
}) {
  const [text, setText] = useState(value === undefined ? '' : String(value));
  return (
    <Field label={label} note={note} {...(unit === undefined ? {} : { unit })}>
      {(ids) => (
        <input
          {...ids}
          inputMode="decimal"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            const number = Number(event.target.value);
            // What is no number is sent as none, or is refused beside the button.
            onChange(event.target.value.trim() === '' ? undefined : Number.isFinite(number) ? number : 0);
          }}
        />
      )}
    </Field>
  );
}

const usualSteps = [2, 4, 7];
const usualExcluded: readonly string[] = ['nEventsPerJob', 'nFilesPerJob'];
const stepWords = ['Half from attempt', 'A quarter from attempt', 'One file from attempt'];

function Steps({ wish, onChange }: ParametersProps) {
  const { steps = usualSteps, excludedRules = usualExcluded } = wish.parameters;
  const toggle = (name: string, isIn: boolean) =>
    onChange({
      ...wish.parameters,
      excludedRules: pandaRetryExcludable.filter((each) =>
        each === name ? isIn : excludedRules.includes(each),
      ),
    });
  return (
    <>
      <div className="two-fields">
        {stepWords.map((label, n) => (
          <NumberField
            key={label}
            label={label}
            value={steps[n]}
            onChange={(value) =>
              onChange({
                ...wish.parameters,
                steps: steps.map((each, other) => (other === n ? Math.trunc(value ?? 0) : each)),
              })
            }
          />
        ))}
      </div>
      <fieldset className="row">
        <legend className="small">Tasks that set one of these are left alone</legend>
        {pandaRetryExcludable.map((name) => (
          <label key={name} className="row tight mono">
            <input
              type="checkbox"
              checked={excludedRules.includes(name)}
              onChange={(event) => toggle(name, event.target.checked)}
            />
            {name}
          </label>
        ))}
      </fieldset>
    </>
  );
}
