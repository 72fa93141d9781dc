import { type PandaErrorCodes, type PandaRetryRuleWish, pandaRetrySources } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Field } from '../shared/field.tsx';
import { count, plural } from '../shared/format.ts';
import { errorCodesQuery } from './retry-queries.ts';

type CodeRow = PandaErrorCodes['rows'][number];

const sourceNames: Record<PandaRetryRuleWish['errorSource'], string> = {
  pilot: 'pilot',
  exe: 'exe: the payload',
  ddm: 'ddm: inputs and outputs',
  trans: 'trans: exit code of the payload',
  jobDispatcher: 'jobDispatcher: nothing heard',
  taskBuffer: 'taskBuffer: the server',
};
const offered = 6;

/** Which error a rule is about: by source and code, with what codes mean and what fails most just now. */
export function ErrorPicker({
  wish,
  showsFrequent,
  onChange,
}: {
  wish: PandaRetryRuleWish;
  showsFrequent: boolean;
  onChange: (change: Partial<PandaRetryRuleWish>) => void;
}) {
  const { data } = useQuery(errorCodesQuery);
  const [text, setText] = useState(wish.errorCode === 0 ? '' : String(wish.errorCode));
  const rows = data?.rows.filter(isAsked) ?? [];
  const ofSource = rows.filter(({ source }) => source === wish.errorSource);
  const one = ofSource.find(({ code }) => code === wish.errorCode);
  const frequent = rows.filter(({ failed }) => failed > 0).slice(0, offered);
  const choose = (row: CodeRow) => {
    setText(String(row.code));
    onChange({ errorSource: row.source as PandaRetryRuleWish['errorSource'], errorCode: row.code });
  };
  const write = (value: string) => {
    setText(value);
    onChange({ errorCode: /^-?\d{1,9}$/.test(value.trim()) ? Number(value) : 0 });
  };
  return (
    <>
      {showsFrequent && frequent.length > 0 && (
        <fieldset className="row" aria-label="What fails most, last 7 days">
          <span className="small quiet">Fails most:</span>
          {frequent.map((row) => (
            <button
              key={`${row.source} ${row.code}`}
              type="button"
              className="button small"
              aria-pressed={row === one}
              title={row.meaning ?? undefined}
              onClick={() => choose(row)}
            >
              <span className="mono">
                {row.source} {row.code}
              </span>{' '}
              <span className="quiet">{count(row.failed)}</span>
            </button>
          ))}
        </fieldset>
      )}
      <div className="two-fields">
        <Field
          label="A job fails with an error of"
          note="Rules are asked in this order; the first that fits acts."
        >
          {(ids) => (
            <select
              {...ids}
              value={wish.errorSource}
              onChange={(event) =>
                onChange({ errorSource: event.target.value as PandaRetryRuleWish['errorSource'] })
              }
            >
              {pandaRetrySources.map((source) => (
                <option key={source} value={source}>
                  {sourceNames[source]}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field
          label="Code"
          note={one === undefined ? 'No job failed with it in the last 7 days.' : meaningOf(one)}
        >
          {(ids) => (
            <input
              {...ids}
              className="mono"
              list="retry-codes"
              autoComplete="off"
              // biome-ignore lint/a11y/noAutofocus: the first field of the dialog that is written
              autoFocus={showsFrequent}
              value={text}
              onChange={(event) => write(event.target.value)}
            />
          )}
        </Field>
      </div>
      <datalist id="retry-codes">
        {ofSource.map(({ code, meaning, failed }) => (
          <option key={code} value={code}>
            {meaning ?? 'meaning not known'}
            {failed > 0 ? `, ${count(failed)} in 7 d` : ''}
          </option>
        ))}
      </datalist>
    </>
  );
}

function isAsked({ source }: CodeRow): boolean {
  return (pandaRetrySources as readonly string[]).includes(source);
}

function meaningOf({ meaning, class: whose, failed }: CodeRow): string {
  const matter = whose === 'unknown' ? '' : `, a matter of the ${whose}`;
  const often = failed === 0 ? 'not in the last 7 days' : `${plural(failed, 'job')} in the last 7 days`;
  return `${meaning ?? 'Its meaning is not known'}${matter}; ${often}.`;
}
