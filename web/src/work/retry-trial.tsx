import type { PandaRetryRuleWish, PandaRetryTrial } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { ActError } from '../shared/confirm-act.tsx';
import { count, plural } from '../shared/format.ts';
import { Href } from '../shared/link.tsx';
import { Ago, Time } from '../shared/time.tsx';
import { trialQuery } from './retry-queries.ts';

/** A rule is tried when nobody has typed for so long. */
const restMs = 400;

/** Which of the last failed jobs the rule would have met, while it is written. */
export function Trial({ wish, id }: { wish: PandaRetryRuleWish | undefined; id: number | undefined }) {
  const rested = useRested(wish);
  const { data, error, isFetching } = useQuery(trialQuery(rested, id));
  return (
    <section className="trial" aria-label="Trial on jobs that failed" aria-busy={isFetching}>
      <div aria-live="polite">
        {rested === undefined ? (
          <p className="quiet">Choose an error to see which jobs this rule would have met.</p>
        ) : error !== null ? (
          <ActError error={error} />
        ) : data === undefined ? (
          <p className="quiet">Looking at the last jobs that failed …</p>
        ) : (
          <Sentence trial={data} />
        )}
      </div>
      {rested !== undefined && error === null && data !== undefined && data.rows.length > 0 && (
        <Jobs trial={data} />
      )}
    </section>
  );
}

function Sentence({ trial: { looked, since, met, behind, exact } }: { trial: PandaRetryTrial }) {
  if (looked === 0) return <p>No job that is kept failed with this error.</p>;
  return (
    <p>
      It would have met <b className="strong">{count(met)}</b> of the last {plural(looked, 'job')} that failed
      with this error
      {since !== null && (
        <>
          , since <Time at={since} seconds={false} />
        </>
      )}
      {behind > 0 && `; for ${count(behind)} of them another rule stands before it`}.
      {!exact && ' There was no time to look at more.'}
    </p>
  );
}

const shown = 5;

function Jobs({ trial: { rows, met } }: { trial: PandaRetryTrial }) {
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, by keys too */}
      <div className="scroll-x" tabIndex={0}>
        <table className="table no-lines" aria-label="Jobs it would have met">
          <tbody>
            {rows.slice(0, shown).map((row) => (
              <tr key={row.job}>
                <th scope="row">
                  <Href to={`/ui/work/jobs/${row.job}`} className="mono">
                    {row.job}
                  </Href>
                </th>
                <td className="quiet nowrap">
                  <Ago at={row.endedAt} />
                </td>
                <td className="mono">{row.queue}</td>
                <td className="fill mono">
                  {row.behind !== null && <span className="quiet">behind rule {row.behind}: </span>}
                  {row.diag.split('\n')[0]}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {met > shown && <p className="small quiet">and {count(met - Math.min(shown, rows.length))} more</p>}
    </>
  );
}

function useRested(wish: PandaRetryRuleWish | undefined): PandaRetryRuleWish | undefined {
  const [rested, setRested] = useState(wish);
  useEffect(() => {
    const timer = setTimeout(() => setRested(wish), restMs);
    return () => clearTimeout(timer);
  }, [wish]);
  return wish === undefined ? undefined : rested;
}
