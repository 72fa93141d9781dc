import {
  type PandaShareMatchers,
  type PandaShareRow,
  type PandaShareTree,
  pandaMatchers,
} from '@orrery/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../shared/api.ts';
import { Field } from '../shared/field.tsx';
import { FormDialog } from '../shared/form-dialog.tsx';
import { percent } from '../shared/format.ts';
import { api, sharesQuery } from './queries.ts';

const matcherWords: Record<(typeof pandaMatchers)[number], string> = {
  label: 'Label',
  workingGroup: 'Working group',
  campaign: 'Campaign',
  processingType: 'Processing type',
  transformation: 'Transformation',
  vo: 'VO',
  resourceType: 'Resource type',
};

/** What part of its parent the share would have with another value. */
function partOf(row: PandaShareRow, rows: readonly PandaShareRow[], value: number): number {
  const others = rows.filter((each) => each.parent === row.parent && each.name !== row.name);
  const sum = value + others.reduce((all, each) => all + each.value, 0);
  return sum === 0 ? 0 : value / sum;
}

function patternProblem(pattern: string): string | undefined {
  try {
    new RegExp(pattern);
    return undefined;
  } catch {
    return 'This is no regular expression.';
  }
}

/** Changes how much a share gets, which jobs it takes, and whether it waits. */
export function ShareDialog({
  row,
  rows,
  onClose,
}: {
  row: PandaShareRow;
  rows: readonly PandaShareRow[];
  onClose: () => void;
}) {
  const [text, setText] = useState(String(row.value));
  const [throttled, setThrottled] = useState(row.throttled);
  const [matchers, setMatchers] = useState<PandaShareMatchers>(row.matchers);
  const queryClient = useQueryClient();
  const value = Number(text);
  const isNumber = text.trim() !== '' && value >= 0 && value <= 1_000_000;
  const problem = isNumber ? undefined : 'Give a number from 0.';
  const wrong = Object.values(matchers).map((pattern) => patternProblem(pattern));
  const run = async () => {
    const given = Object.fromEntries(Object.entries(matchers).filter(([, pattern]) => pattern !== ''));
    const next = await call<PandaShareTree>('PATCH', `${api}/shares/${encodeURIComponent(row.name)}`, {
      body: { value, throttled, ...(row.leaf ? { matchers: given } : {}) },
    });
    queryClient.setQueryData(sharesQuery.queryKey, next);
  };
  return (
    <FormDialog
      title={`Share ${row.name}`}
      verb="Save share"
      problem={problem ?? wrong.find((each) => each !== undefined)}
      run={run}
      onClose={onClose}
    >
      <Field
        label="Value"
        problem={problem}
        note={
          isNumber
            ? `${percent(partOf(row, rows, value))} of ${row.parent ?? 'everything'}: values of siblings are brought to a sum of 100.`
            : undefined
        }
      >
        {(ids) => (
          <input
            {...ids}
            inputMode="decimal"
            // biome-ignore lint/a11y/noAutofocus: the first field of the dialog
            autoFocus
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        )}
      </Field>
      <label className="row">
        <input type="checkbox" checked={throttled} onChange={(event) => setThrottled(event.target.checked)} />
        Throttled: its jobs get no pilots until this is taken back.
      </label>
      {row.leaf && (
        <details open={Object.keys(row.matchers).length > 0}>
          <summary className="fold">Which jobs it takes</summary>
          <p className="small quiet">
            Regular expressions from the start of the value; empty fits all. Jobs get their share when they
            are submitted.
          </p>
          <div className="stack close">
            {pandaMatchers.map((name) => (
              <Field key={name} label={matcherWords[name]} problem={patternProblem(matchers[name] ?? '')}>
                {(ids) => (
                  <input
                    {...ids}
                    className="mono"
                    maxLength={500}
                    spellCheck={false}
                    value={matchers[name] ?? ''}
                    onChange={(event) => setMatchers({ ...matchers, [name]: event.target.value })}
                  />
                )}
              </Field>
            ))}
          </div>
        </details>
      )}
    </FormDialog>
  );
}
