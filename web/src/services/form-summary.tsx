import type { UwsDefinition } from '@orrery/contracts';
import { bytes, count, duration, plural } from '../shared/format.ts';
import { type Given, givenValues } from './form-values.ts';
import { curlLine, type FormValue } from './program-line.ts';

/** What will happen when the form is sent, and the equal command line; both follow every key. */
export function Summary({
  definition,
  problems,
  ...given
}: Given & { definition: UwsDefinition; problems: number }) {
  const uploads = Object.values(given.files).flat();
  const seconds = given.limit === '' ? definition.executionDuration : Number(given.limit);
  const lines: FormValue[] = [
    ...Object.entries(givenValues(definition, given)).map(([name, value]) => ({
      name,
      value,
      upload: false,
    })),
    ...Object.entries(given.files).flatMap(([name, list]) =>
      list.map((file) => ({ name, value: file.name, upload: true })),
    ),
    ...(given.runId === '' ? [] : [{ name: 'RUNID', value: given.runId, upload: false }]),
    ...(given.limit === '' ? [] : [{ name: 'EXECUTIONDURATION', value: given.limit, upload: false }]),
  ];
  const curl = curlLine(window.location.origin, definition.name, lines);
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
          <li>
            {plural(definition.results.length, 'result')}
            {definition.results.length > 0 && (
              <>
                {': '}
                <span className="mono">{definition.results.map((result) => result.name).join(', ')}</span>
              </>
            )}
          </li>
          <li>results kept {duration(definition.keepDays * 86_400)}</li>
        </ul>
      </section>
      <section>
        <div className="section-head">
          <h2>From a program</h2>
          <button type="button" className="link" onClick={() => void navigator.clipboard?.writeText(curl)}>
            Copy
          </button>
        </div>
        <pre className="code">{curl}</pre>
      </section>
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
