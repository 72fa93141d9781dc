import { CapacityPanel, capacitySentence, missingHosts } from '../home/capacity.tsx';
import { ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { Facts } from '../shared/facts.tsx';
import { count, milliseconds, percent, stamp } from '../shared/format.ts';
import { useBoard } from '../shared/me.ts';
import { usePlace } from '../shared/page.ts';
import '../home/home.css';

/** Is A×R < M×W? The sentence, the families of calls, what waits without costing processes, and what if. */
export function CapacityPage() {
  usePlace([{ label: 'Admin' }, { label: 'Capacity' }]);
  const { data, error, refetch } = useBoard();
  if (data === undefined) {
    return error !== null ? (
      <ErrorPanel what="The measurements could not be read" error={error} retry={() => void refetch()} />
    ) : (
      <div className="panel">
        <SkeletonRows rows={10} />
      </div>
    );
  }
  const { capacity } = data;
  const share = capacity.room === 0 ? 0 : capacity.busy / capacity.room;
  const doubled = { ...capacity, busy: capacity.busy * 2 };
  return (
    <>
      <h1>
        {percent(share)} <span className="rest">{capacitySentence(capacity)}.</span>
      </h1>
      <div className="with-rail">
        <CapacityPanel capacity={capacity} whole />
        <aside className="rail">
          <section>
            <div className="section-head">
              <h2>Open, but not busy</h2>
            </div>
            <Facts
              rows={[
                ['Waits', count(capacity.openWaits)],
                ['Event streams', count(capacity.openStreams)],
              ]}
            />
            <p className="faint" style={{ marginTop: 6 }}>
              They cost memory, not processes.
            </p>
          </section>
          <section>
            <div className="section-head">
              <h2>Event loop</h2>
            </div>
            <Facts rows={[['Delay, p99', milliseconds(capacity.eventLoopDelayP99Ms)]]} />
            <p className="faint" style={{ marginTop: 6 }}>
              Over 200 ms requests wait for one another.
            </p>
          </section>
          <section>
            <div className="section-head">
              <h2>With twice the load</h2>
            </div>
            <p>
              {percent(share * 2)} busy;{' '}
              {share * 2 > 0.8
                ? `${missingHosts(doubled)} more would be needed.`
                : 'no process more would be needed.'}
            </p>
          </section>
          {capacity.since !== null && (
            <section className="faint">Measured since {stamp(capacity.since)} UTC, means over 5 min.</section>
          )}
        </aside>
      </div>
    </>
  );
}
