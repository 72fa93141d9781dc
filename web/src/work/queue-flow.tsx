import { type PandaQueue, pandaJobStates } from '@orrery/contracts';
import { Empty } from '../shared/blanks.tsx';
import { count, duration, plural, withClocks } from '../shared/format.ts';
import { Glyph } from '../shared/glyphs.tsx';
import { Href } from '../shared/link.tsx';
import { useSlowNow } from '../shared/now.ts';
import { Ago, Deadline } from '../shared/time.tsx';
import { finishingStates, jobsIn, runningStates, waitingStates } from './attention.ts';
import { jobsHref } from './filter.ts';
import { StateBars } from './state-bars.tsx';
import { ThroughputChart } from './throughput.tsx';

/** What is here, what flows, whose it is, and the pilots that this server keeps. */
export function QueueFlow({ queue }: { queue: PandaQueue }) {
  return (
    <>
      {queue.factory !== null && <Factory queue={queue} factory={queue.factory} />}
      <section className="panel panel-pad" aria-label="Jobs by state">
        <StateBars counts={queue.jobs} terms={{ queue: queue.queue }} />
      </section>
      <section className="panel" aria-label="Throughput">
        <ThroughputChart queue={queue.queue} />
      </section>
      <ByShare queue={queue} />
    </>
  );
}

function Factory({ queue, factory }: { queue: PandaQueue; factory: NonNullable<PandaQueue['factory']> }) {
  const now = useSlowNow();
  const { backend, pilot, wanted, alive, queued, max, pausedUntil, why, lastStartedAt, isolation } = factory;
  const isShort = alive < wanted;
  return (
    <section className="panel panel-pad" aria-label="Pilot factory">
      <p>
        <span className="state">
          <Glyph face={isShort ? 'partial' : alive > 0 ? 'active' : 'idle'} />
          <b className="strong">
            {wanted === 0 && alive === 0
              ? 'No pilot is wanted'
              : `${count(alive)} of ${plural(wanted, 'wanted pilot')} alive`}
          </b>
        </span>{' '}
        on <span className="mono">{backend}</span>
        {pilot === 'pilot3' && ', by pilot3'}
        {queued > 0 && `, ${count(queued)} of them in its line`}; at most {count(max)}
        {lastStartedAt !== null &&
          `; the last one was started ${duration(Math.max(0, (now - Date.parse(lastStartedAt)) / 1000))} ago`}
        .
      </p>
      {!isolation.isSafe && (
        <p role="note">
          <span className="state">
            <Glyph face="partial" />
            <b className="strong">Jobs can read the token of their pilot.</b>
          </span>{' '}
          {isolation.why}
        </p>
      )}
      {why !== '' && <p className="quiet">{withClocks(why, now)}</p>}
      {pausedUntil !== null && Date.parse(pausedUntil) > now && (
        <p className="quiet">
          The last pilots found nothing to do; the next one is started <Deadline at={pausedUntil} />.
        </p>
      )}
      <p className="small">
        <Href to={`/ui/work/workers?${new URLSearchParams({ q: `queue:${queue.queue}` })}`}>
          Workers of this queue
        </Href>
      </p>
    </section>
  );
}

function ByShare({ queue }: { queue: PandaQueue }) {
  if (queue.byShare.length === 0)
    return (
      <div className="panel">
        <Empty title="No live jobs here">
          {queue.lastActivityAt === null ? (
            'Nothing has ever run here.'
          ) : (
            <>
              The last sign of life was <Ago at={queue.lastActivityAt} />.
            </>
          )}
        </Empty>
      </div>
    );
  const heads = [
    ['waiting', waitingStates],
    ['running', runningStates],
    ['storing', finishingStates],
  ] as const;
  return (
    <section className="panel scroll-x">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Live jobs by share</th>
            {heads.map(([head]) => (
              <th key={head} scope="col" className="num">
                {head}
              </th>
            ))}
            <th scope="col" className="num">
              all
            </th>
          </tr>
        </thead>
        <tbody>
          {queue.byShare.map(({ share, jobs }) => (
            <tr key={share}>
              <th scope="row" className="fill">
                {share}
              </th>
              {[...heads, ['all', pandaJobStates] as const].map(([head, states]) => {
                const n = jobsIn(jobs, states);
                return (
                  <td key={head} className="num">
                    {n === 0 ? (
                      <span className="faint">·</span>
                    ) : (
                      <Href
                        to={jobsHref({
                          ...(head === 'all' ? {} : { status: states }),
                          queue: queue.queue,
                          share,
                        })}
                        className="plain"
                      >
                        {count(n)}
                      </Href>
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
