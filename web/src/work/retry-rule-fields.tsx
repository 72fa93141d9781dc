import { type PandaRetryActionRow, type PandaRetryRuleWish, pandaRetryActions } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Field } from '../shared/field.tsx';
import { fieldOf, instantOf } from '../shared/instant.ts';
import { queuesQuery } from './queries.ts';
import { ErrorPicker } from './retry-error-picker.tsx';
import { RuleParameters, usualParameters } from './retry-parameters.tsx';
import { actionNames } from './retry-words.ts';

interface FieldsProps {
  wish: PandaRetryRuleWish;
  actions: readonly PandaRetryActionRow[];
  isNew: boolean;
  onChange: (wish: PandaRetryRuleWish) => void;
}

/** What is still missing or wrong, as far as the page can tell; the server judges the rest. */
export function ruleProblem({
  errorCode,
  diagPattern,
  action,
  parameters,
}: PandaRetryRuleWish): string | undefined {
  if (!Number.isInteger(errorCode) || errorCode === 0) return 'Give the code of an error.';
  if (diagPattern !== null && patternProblem(diagPattern) !== undefined) return patternProblem(diagPattern);
  const { maxAttempt, factor, steps } = parameters;
  if (action === 'limit_retry' && !(maxAttempt !== undefined && maxAttempt >= 1 && maxAttempt <= 1000))
    return 'Give how often, from 1.';
  if (factor !== undefined && !(factor > 1 && factor <= 10)) return 'Give a factor above 1, at most 10.';
  const isAscending = steps?.every((each, n) => each >= 1 && each > (steps[n - 1] ?? 0)) ?? true;
  return isAscending ? undefined : 'The attempts have to ascend.';
}

function patternProblem(pattern: string): string | undefined {
  if (/\(\?(?:[=!]|<[=!])/.test(pattern)) return 'A pattern cannot look around.';
  try {
    // Inline flags are RE2's own.
    new RegExp(pattern.replace(/\(\?[a-zA-Z-]+:/g, '(?:').replace(/\(\?[a-zA-Z-]+\)/g, ''));
    return undefined;
  } catch {
    return 'This is no regular expression.';
  }
}

/** Every field of a rule with what it means. */
export function RuleFields({ wish, actions, isNew, onChange }: FieldsProps) {
  const set = (change: Partial<PandaRetryRuleWish>) => onChange({ ...wish, ...change });
  const action = actions.find((each) => each.action === wish.action);
  return (
    <>
      <ErrorPicker wish={wish} showsFrequent={isNew} onChange={set} />
      <Field
        label="Only if its text begins with"
        problem={wish.diagPattern === null ? undefined : patternProblem(wish.diagPattern)}
        note="A regular expression that fits from the start; write .* before what stands further in. Empty: any text."
      >
        {(ids) => (
          <input
            {...ids}
            className="mono"
            maxLength={1000}
            spellCheck={false}
            value={wish.diagPattern ?? ''}
            onChange={(event) => set({ diagPattern: event.target.value === '' ? null : event.target.value })}
          />
        )}
      </Field>
      <Narrower wish={wish} set={set} />
      <Field
        label="Then"
        note={
          action === undefined
            ? undefined
            : `${action.description}${action.active ? '' : ' This action is off: it is only written down.'}`
        }
      >
        {(ids) => (
          <select
            {...ids}
            value={wish.action}
            onChange={(event) => {
              const next = event.target.value as PandaRetryRuleWish['action'];
              set({ action: next, parameters: usualParameters[next] });
            }}
          >
            {pandaRetryActions.map((each) => (
              <option key={each} value={each}>
                {actionNames[each]}
              </option>
            ))}
          </select>
        )}
      </Field>
      <RuleParameters wish={wish} onChange={(parameters) => set({ parameters })} />
      <div className="two-fields">
        <Field label="Why" note="Stands in the list and on the pages of the jobs it meets.">
          {(ids) => (
            <input
              {...ids}
              maxLength={1000}
              value={wish.description}
              onChange={(event) => set({ description: event.target.value })}
            />
          )}
        </Field>
        <Expiry wish={wish} set={set} />
      </div>
      <label className="row">
        <input
          type="checkbox"
          checked={wish.active}
          onChange={(event) => set({ active: event.target.checked })}
        />
        On: it acts. Off: what it would do is only written down.
      </label>
    </>
  );
}

function Expiry({
  wish,
  set,
}: {
  wish: PandaRetryRuleWish;
  set: (change: Partial<PandaRetryRuleWish>) => void;
}) {
  const [text, setText] = useState(wish.expiresAt === null ? '' : fieldOf(wish.expiresAt));
  return (
    <Field label="Until" unit="UTC" note="From then on it is left out. Empty: no end.">
      {(ids) => (
        <input
          {...ids}
          type="datetime-local"
          step={1}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            set({ expiresAt: instantOf(event.target.value) ?? null });
          }}
        />
      )}
    </Field>
  );
}

const narrowers = [
  ['queue', 'Only in queue', 'Name of the queue the job ran in.'],
  ['architecture', 'Only on architecture', 'The cmtConfig of the job, as it stands there.'],
  ['release', 'Only with release', 'The AtlasRelease of the job, as it stands there.'],
] as const;

/** Where a rule holds; of several that fit, the one that says most here counts. */
function Narrower({
  wish,
  set,
}: {
  wish: PandaRetryRuleWish;
  set: (change: Partial<PandaRetryRuleWish>) => void;
}) {
  const { data: queues } = useQuery({ ...queuesQuery, refetchInterval: false });
  const n = [wish.queue, wish.architecture, wish.release, wish.workQueue].filter(
    (each) => each !== null,
  ).length;
  const [isOpen] = useState(n > 0);
  return (
    <details open={isOpen}>
      <summary className="fold">Where it holds{n === 0 ? ': everywhere' : ''}</summary>
      <div className="two-fields">
        {narrowers.map(([name, label, note]) => (
          <Field key={name} label={label} note={note}>
            {(ids) => (
              <input
                {...ids}
                className="mono"
                maxLength={200}
                spellCheck={false}
                {...(name === 'queue' ? { list: 'retry-queues' } : {})}
                value={wish[name] ?? ''}
                onChange={(event) => set({ [name]: event.target.value === '' ? null : event.target.value })}
              />
            )}
          </Field>
        ))}
        <Field label="Only of work queue" note="The workQueue_ID of the job or its task.">
          {(ids) => (
            <input
              {...ids}
              inputMode="numeric"
              value={wish.workQueue ?? ''}
              onChange={(event) => {
                const text = event.target.value.replace(/\D/g, '').slice(0, 9);
                set({ workQueue: text === '' ? null : Number(text) });
              }}
            />
          )}
        </Field>
      </div>
      <datalist id="retry-queues">
        {queues?.rows.map(({ queue }) => (
          <option key={queue} value={queue} />
        ))}
      </datalist>
    </details>
  );
}
