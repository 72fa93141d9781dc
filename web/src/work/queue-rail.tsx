import type { PandaQueue } from '@orrery/contracts';
import { CopyButton } from '../shared/copy-button.tsx';
import { Facts } from '../shared/facts.tsx';
import { bytes, count, duration, percent, plural } from '../shared/format.ts';
import { Href } from '../shared/link.tsx';
import { Ago, Time } from '../shared/time.tsx';
import { jobsHref } from './filter.ts';

/** A figure of the description; undefined when it is none. */
function figure(queue: PandaQueue, key: string): number | undefined {
  const value = queue.document[key];
  return typeof value === 'number' && value > 0 ? value : undefined;
}

/** Beside the queue: who comes, what it takes, the same from a program. */
export function QueueRail({ queue }: { queue: PandaQueue }) {
  const line = `orrery panda queue show ${queue.queue}`;
  const ended = queue.finished + queue.failed;
  const [cores, memory, time, disk] = ['corecount', 'maxrss', 'maxtime', 'maxwdir'].map((key) =>
    figure(queue, key),
  );
  return (
    <aside className="rail">
      <section>
        <div className="section-head">
          <h2>Pilots</h2>
        </div>
        <Facts
          rows={[
            ['Last asked', queue.lastPilotAt === null ? 'never' : <Ago key="pilot" at={queue.lastPilotAt} />],
            [
              'Last hour',
              queue.asked === 0
                ? 'nobody asked'
                : `asked for ${plural(queue.asked, 'job')}, got ${count(queue.given)}`,
            ],
          ]}
        />
      </section>
      <section>
        <div className="section-head">
          <h2>Ended, last 2 h</h2>
        </div>
        <Facts
          rows={[
            ['Finished', count(queue.finished)],
            [
              'Failed',
              queue.failed === 0 ? (
                '0'
              ) : (
                <Href key="failed" to={jobsHref({ queue: queue.queue, status: 'failed' })}>
                  {count(queue.failed)}, {percent(queue.failed / ended)}
                </Href>
              ),
            ],
          ]}
        />
        <p>
          <Href to={`/ui/work/errors?${new URLSearchParams({ queue: queue.queue })}`}>
            Errors of this queue
          </Href>
        </p>
      </section>
      <section>
        <div className="section-head">
          <h2>Takes</h2>
        </div>
        <Facts
          rows={[
            ['Cores', cores],
            ['Memory', memory === undefined ? null : bytes(memory * 1e6)],
            ['Wall time', time === undefined ? null : duration(time)],
            ['Disk', disk === undefined ? null : bytes(disk * 1e6)],
            ['Version', queue.version],
            ['Changed', <Time key="changed" at={queue.modifiedAt} />],
          ]}
        />
      </section>
      <section>
        <div className="section-head">
          <h2>From a program</h2>
          <CopyButton text={line} />
        </div>
        <pre className="code">{line}</pre>
      </section>
    </aside>
  );
}
