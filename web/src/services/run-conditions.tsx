import type { UwsDefinition } from '@orrery/contracts';
import { useState } from 'react';
import { duration } from '../shared/format.ts';

interface ConditionsProps {
  definition: UwsDefinition;
  limit: string;
  until: string;
  /** True when a value of them is wrong: then they are shown. */
  isWrong: boolean;
  problem: string | undefined;
  onLimit: (seconds: string) => void;
  onUntil: (until: string) => void;
}

/** UWS's control parameters besides the name: how long it may run, and until when it is kept. */
export function RunConditions(props: ConditionsProps) {
  const { limit, until, isWrong } = props;
  const [open, setOpen] = useState(limit !== '' || until !== '');
  if (!open && !isWrong) {
    return (
      <button
        type="button"
        className="fold"
        style={{ alignSelf: 'start' }}
        aria-expanded={false}
        onClick={() => setOpen(true)}
      >
        ▸ run conditions (time limit, how long it is kept)
      </button>
    );
  }
  return (
    <fieldset className="stack plain-set" aria-label="Run conditions">
      <TimeLimit {...props} />
      <Until {...props} />
    </fieldset>
  );
}

function TimeLimit({ definition, limit, problem, onLimit }: ConditionsProps) {
  return (
    <div className="field">
      <label htmlFor="field-time-limit">Time limit</label>
      <span className={`input narrow ${problem === undefined ? '' : 'bad'}`}>
        <input
          id="field-time-limit"
          inputMode="numeric"
          placeholder={String(definition.executionDuration)}
          aria-describedby="time-limit-note"
          aria-invalid={problem !== undefined}
          value={limit}
          onChange={(event) => onLimit(event.target.value.replace(/\D/g, ''))}
        />
        <span className="unit">s</span>
      </span>
      {problem !== undefined && <span className="small error">{problem}</span>}
      <span id="time-limit-note" className="small faint">
        {definition.executionDuration === 0
          ? 'Without one it runs as long as it needs'
          : `${duration(definition.executionDuration)} unless you say otherwise`}
        {definition.maxExecutionDuration > 0 && `, at most ${duration(definition.maxExecutionDuration)}`}.
      </span>
    </div>
  );
}

function Until({ definition, until, onUntil }: ConditionsProps) {
  return (
    <div className="field">
      <label htmlFor="field-until">Kept until</label>
      <span className="input narrow">
        <input
          id="field-until"
          type="datetime-local"
          step={1}
          aria-describedby="until-note"
          value={until}
          onChange={(event) => onUntil(event.target.value)}
        />
        <span className="unit">UTC</span>
      </span>
      <span id="until-note" className="small faint">
        {duration(definition.keepDays * 86_400)} after it was made unless you say otherwise; then its results
        go.
      </span>
    </div>
  );
}

/** What is wrong with a time limit, as a sentence; more than is allowed is shortened by the server, which says so. */
export function problemOfLimit(definition: UwsDefinition, limit: string): string | undefined {
  const most = definition.maxExecutionDuration;
  if (limit === '' || most === 0 || Number(limit) <= most) return undefined;
  return `Give at most ${most} s (${duration(most)}).`;
}
