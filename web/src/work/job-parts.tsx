import type { PandaJob } from '@orrery/contracts';
import { Empty } from '../shared/blanks.tsx';
import { CopyButton } from '../shared/copy-button.tsx';
import { Href } from '../shared/link.tsx';
import { jobsHref } from './filter.ts';
import { errorName } from './job-columns.tsx';
import { MakeRule } from './job-retry.tsx';

/** The transformation and the command line behind it. */
export function Parameters({ job }: { job: PandaJob }) {
  return (
    <>
      <Code title="Transformation" text={job.transformation} empty="No transformation is named." />
      <Code title="Parameters" text={job.parameters} empty="It is started without parameters." />
    </>
  );
}

function Code({ title, text, empty }: { title: string; text: string; empty: string }) {
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>{title}</h2>
        <span className="grow" />
        {text !== '' && <CopyButton text={text} />}
      </div>
      {text === '' ? (
        <p className="empty quiet">{empty}</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a long text scrolls, by keys too
        <pre className="last-lines" tabIndex={0}>
          {text}
        </pre>
      )}
    </section>
  );
}

/** Every error that was reported, whoever reported it, with what its code means. */
export function Errors({ job }: { job: PandaJob }) {
  if (job.errors.length === 0) {
    return (
      <div className="panel">
        <Empty title="Nobody has reported an error">
          {job.live
            ? 'Errors of the pilot, the payload and the server appear here when there are any.'
            : 'The job ended without one.'}
        </Empty>
      </div>
    );
  }
  return (
    <div className="panel">
      <table className="table loose">
        <thead>
          <tr>
            <th scope="col">Error</th>
            <th scope="col">What it means, and what was said</th>
            <th scope="col">
              <span className="only-read">Others</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {job.errors.map((error) => (
            <tr key={errorName(error)} className="tall-row">
              <th scope="row" className="mono strong">
                {errorName(error)}
              </th>
              <td className="fill">
                {error.meaning ?? <span className="quiet">The meaning of this code is not known.</span>}
                {error.diag !== '' && <span className="mono diag">{error.diag}</span>} <MakeRule {...error} />
              </td>
              <td className="num nowrap">
                <Href to={jobsHref({ error: `${error.source}:${error.code}` })}>jobs with it</Href>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
