import type { UwsDefinition } from '@orrery/contracts';
import { useState } from 'react';
import { CopyButton } from '../shared/copy-button.tsx';
import { bytes, count, duration, plural } from '../shared/format.ts';
import { instantOf } from '../shared/instant.ts';
import { type Given, givenValues } from './form-values.ts';
import { commandLine, curlLine, type FormCall, type FormValue, pyvoLines } from './program-line.ts';
import { linesOf } from './stored-input.ts';

/** What will happen when the form is sent, and the equal command line; both follow every key. */
export function Summary({
  definition,
  problems,
  ...given
}: Given & { definition: UwsDefinition; problems: number }) {
  const uploads = Object.values(given.files).flat();
  const seconds = given.limit === '' ? definition.executionDuration : Number(given.limit);
  const reused = definition.parameters
    .filter(({ type }) => type === 'file')
    .flatMap(({ name }) => linesOf(given.values[name] ?? ''));
  return (
    <aside className="rail">
      <section>
        <div className="section-head">
          <h2>What will happen</h2>
        </div>
        <ul className="stack close">
          <li>
            1 job of {definition.name} v{definition.version}
            {problems > 0 && (
              <span className="quiet">
                , once {problems === 1 ? '1 field is' : `${problems} fields are`} filled
              </span>
            )}
          </li>
          <li>
            {definition.medianSeconds === null
              ? 'no past run to learn from'
              : `about ${duration(definition.medianSeconds)}`}
            {seconds > 0 && `, stopped after ${duration(seconds)}`}
            {definition.medianSeconds !== null && (
              <span className="faint"> from {count(definition.runs)} past runs</span>
            )}
          </li>
          {uploads.length > 0 && (
            <li>
              {plural(uploads.length, 'file')} sent,{' '}
              {bytes(uploads.reduce((sum, file) => sum + file.size, 0))}
            </li>
          )}
          {reused.length > 0 && <li>{plural(reused.length, 'input')} read by the server, nothing sent</li>}
          <li>
            {plural(definition.results.length, 'result')}
            {definition.results.length > 0 && (
              <>
                {': '}
                <span className="mono">{definition.results.map((result) => result.name).join(', ')}</span>
              </>
            )}
          </li>
          <li>
            results kept{' '}
            {given.until === ''
              ? duration(definition.keepDays * 86_400)
              : `until ${given.until.replace('T', ' ')} UTC`}
          </li>
        </ul>
      </section>
      <FromProgram form={callOf(definition, given)} />
      {definition.documentation !== null && (
        <section>
          <div className="section-head">
            <h2>More about it</h2>
          </div>
          <p className="wrap-any" style={{ whiteSpace: 'pre-line' }}>
            {definition.documentation}
          </p>
        </section>
      )}
    </aside>
  );
}

function callOf(definition: UwsDefinition, given: Given): FormCall {
  const texts = Object.entries(givenValues(definition, given)).flatMap(([name, value]): FormValue[] =>
    [value].flat().map((each) => ({ name, value: each, upload: false })),
  );
  const uploads = Object.entries(given.files).flatMap(([name, list]) =>
    list.map((file) => ({ name, value: file.name, upload: true })),
  );
  return {
    base: window.location.origin,
    definition: definition.name,
    values: [...texts, ...uploads],
    runId: given.runId,
    limit: given.limit,
    destruction: instantOf(given.until),
  };
}

const ways = ['curl', 'pyvo', 'orrery'] as const;
type Way = (typeof ways)[number];
const wayKey = 'orrery.program';

function firstWay(): Way {
  const kept = localStorage.getItem(wayKey);
  return ways.find((way) => way === kept) ?? 'curl';
}

/** The form's call with curl, with pyvo, or with our own command; the choice stays in this browser. */
export function FromProgram({ form }: { form: FormCall }) {
  const [way, setWay] = useState(firstWay);
  const text =
    way === 'curl' ? curlLine(form) : way === 'pyvo' ? pyvoLines(form) : commandLine(form, Date.now());
  return (
    <section>
      <div className="section-head">
        <h2>From a program</h2>
        <CopyButton text={text} />
      </div>
      <fieldset className="segments" aria-label="Program">
        {ways.map((each) => (
          <button
            key={each}
            type="button"
            aria-pressed={each === way}
            onClick={() => {
              localStorage.setItem(wayKey, each);
              setWay(each);
            }}
          >
            {each}
          </button>
        ))}
      </fieldset>
      <pre className="code">{text}</pre>
    </section>
  );
}
