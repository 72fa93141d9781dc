import { useQuery } from '@tanstack/react-query';
import { ApiError } from '../shared/api.ts';
import { Empty, SkeletonRows } from '../shared/blanks.tsx';
import { CopyButton } from '../shared/copy-button.tsx';
import { Glyph } from '../shared/glyphs.tsx';
import { Href } from '../shared/link.tsx';
import { usePlace } from '../shared/page.ts';
import { Ago, Time } from '../shared/time.tsx';
import { crumbsOf, pageHref, useObservatory } from './address.ts';
import './calibration.css';
import { reportQuery } from './queries.ts';
import { Unreadable } from './unreadable.tsx';

/** What was looked at last night, and what wants a person. */
export function NightlyPage() {
  const observatory = useObservatory();
  usePlace(crumbsOf(observatory, { label: 'Nightly report' }));
  const { data, error, refetch } = useQuery(reportQuery(observatory));
  if (error instanceof ApiError && error.status === 404)
    return (
      <>
        <h1>Nightly report</h1>
        <div className="panel">
          <Empty title="The first night has not passed yet">
            The report is made once a night;{' '}
            <Href to={pageHref(observatory, 'soundness')}>Mirror and scrub</Href> says how it is now.
          </Empty>
        </div>
      </>
    );
  if (data === undefined)
    return error !== null ? (
      <Unreadable title="Nightly report" error={error} retry={() => void refetch()} />
    ) : (
      <div className="panel">
        <SkeletonRows rows={8} />
      </div>
    );
  const rank = { bad: 0, partial: 1, good: 2 } as const;
  const lines = data.lines.toSorted((a, b) => rank[a.state] - rank[b.state]);
  const text = [data.summary, ...lines.map((line) => `${line.state} ${line.name}: ${line.message}`)].join(
    '\n',
  );
  return (
    <>
      <div className="page-head">
        <div>
          <h1>{data.summary}</h1>
          <p className="small quiet">
            report of <Time at={data.at} />, <Ago at={data.at} />
          </p>
        </div>
        <div className="acts">
          <CopyButton text={text} label="Copy as text" />
        </div>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, by keys too */}
      <section className="panel scroll-x" tabIndex={0} aria-label="What was looked at">
        <table className="table loose">
          <thead>
            <tr>
              <th scope="col">What</th>
              <th scope="col">How it is</th>
              <th scope="col">What to do</th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => (
              <tr key={line.name}>
                <th scope="row" className="nowrap">
                  <span className="state">
                    <Glyph face={line.state} /> <span className="word">{line.name}</span>
                  </span>
                </th>
                <td className="fill">{line.message}</td>
                <td className="quiet">{line.next ?? '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}
