import type { PandaHarvester } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { Facts } from '../shared/facts.tsx';
import { count } from '../shared/format.ts';
import { useSlowNow } from '../shared/now.ts';
import { usePlace } from '../shared/page.ts';
import { PromiseLine } from '../shared/promise-line.tsx';
import { Tabs } from '../shared/tabs.tsx';
import { Ago, Deadline, Time } from '../shared/time.tsx';
import { SlotsDialog, SweepDialog } from './harvester-acts.tsx';
import { HarvesterCounts, TargetSlots } from './harvester-counts.tsx';
import { harvesterQuery } from './harvester-queries.ts';
import { Pulse } from './harvesters.tsx';
import './work.css';

const Messages = lazy(async () => ({ default: (await import('./harvester-messages.tsx')).Messages }));
const Orders = lazy(async () => ({ default: (await import('./harvester-orders.tsx')).Orders }));
const Figures = lazy(async () => ({ default: (await import('./harvester-figures.tsx')).Figures }));

/** One Harvester: does it live, its workers, its messages, its figures, and what it was told. */
export function HarvesterPage() {
  const { harvester: id } = useParams({ strict: false }) as { harvester: string };
  const { data, error, refetch } = useQuery(harvesterQuery(id));
  usePlace([
    { label: 'Work', to: '/work' },
    { label: 'Harvesters', to: '/work/harvesters' },
    { label: id, mono: true },
  ]);
  if (data !== undefined) return <Harvester key={id} harvester={data} />;
  return error !== null ? (
    <ErrorPanel what={`Harvester ${id} could not be read`} error={error} retry={() => void refetch()} />
  ) : (
    <div className="panel">
      <SkeletonRows rows={8} />
    </div>
  );
}

function Harvester({ harvester }: { harvester: PandaHarvester }) {
  const { tab = 'workers' } = useSearch({ strict: false }) as { tab?: string };
  const navigate = useNavigate();
  const now = useSlowNow();
  const [asked, setAsked] = useState<'sweep' | 'slots' | undefined>();
  const managed = harvester.serves.filter(({ mayManage }) => mayManage);
  const choose = (next: string) => void navigate({ to: '.', search: { tab: next }, replace: true });
  return (
    <>
      <div>
        <div className="page-head">
          <div className="page-title">
            <h1>{harvester.id}</h1>
            <Pulse row={harvester} now={now} />
          </div>
          <div className="acts">
            <Link to="/work/workers" search={{ q: `harvester:${harvester.id}` }} className="button">
              Workers
            </Link>
            {managed.length > 0 && (
              <>
                <button type="button" className="button" onClick={() => setAsked('slots')}>
                  Target slots …
                </button>
                <button type="button" className="button danger" onClick={() => setAsked('sweep')}>
                  Kill workers …
                </button>
              </>
            )}
          </div>
        </div>
        <p className="small quiet">
          {harvester.description}
          {harvester.version !== null && ` · version ${harvester.version}`}
          {harvester.host !== null && ` · from ${harvester.host}`}
          {harvester.startedAt !== null && (
            <>
              {' '}
              · runs since <Time at={harvester.startedAt} />
            </>
          )}
        </p>
      </div>
      <Awaited harvester={harvester} />
      <Tabs
        label="Parts of the Harvester"
        chosen={tab}
        onChoose={choose}
        tabs={[
          { id: 'workers', label: 'Workers' },
          { id: 'messages', label: 'Messages', n: count(sumOf(harvester.levels)) },
          { id: 'orders', label: 'Orders', n: count(sumOf(harvester.commands)) },
          { id: 'figures', label: 'Figures' },
        ]}
      />
      <div className="with-rail">
        <div id="tab-panel" role="tabpanel" aria-labelledby={`tab-${tab}`} className="stack">
          <Suspense fallback={<SkeletonRows rows={8} />}>
            {tab === 'messages' ? (
              <Messages harvester={harvester} />
            ) : tab === 'orders' ? (
              <Orders harvester={harvester} />
            ) : tab === 'figures' ? (
              <Figures id={harvester.id} />
            ) : (
              <>
                <HarvesterCounts harvester={harvester} />
                <TargetSlots harvester={harvester} />
              </>
            )}
          </Suspense>
        </div>
        <Rail harvester={harvester} />
      </div>
      {asked === 'sweep' && (
        <SweepDialog id={harvester.id} queues={managed} onClose={() => setAsked(undefined)} />
      )}
      {asked === 'slots' && (
        <SlotsDialog id={harvester.id} queues={managed} onClose={() => setAsked(undefined)} />
      )}
    </>
  );
}

const sumOf = (counts: Record<string, number>): number =>
  Object.values(counts).reduce((sum, n) => sum + n, 0);

function Awaited({ harvester }: { harvester: PandaHarvester }) {
  const { deadline, overdue, commands, oldestCommandAt } = harvester;
  const waiting = commands.new ?? 0;
  return (
    <PromiseLine
      now={
        harvester.lastSeenAt === null ? (
          'It never came.'
        ) : (
          <>
            Last heartbeat <Ago at={harvester.lastSeenAt} />.
          </>
        )
      }
      next={
        oldestCommandAt === null ? (
          'No order waits for it.'
        ) : (
          <>
            It takes {waiting === 1 ? 'an order' : `${count(waiting)} orders`}, the oldest from{' '}
            <Ago at={oldestCommandAt} />.
          </>
        )
      }
      expected={deadline === null ? 'Nobody waits for it.' : <Deadline at={deadline} />}
      source="its last heartbeat and panda.harvester.overdueMinutes"
      otherwise={
        overdue
          ? 'It stands among what is overdue; see its service and its log.'
          : 'It is overdue and stands on the board of operators.'
      }
    />
  );
}

function Rail({ harvester }: { harvester: PandaHarvester }) {
  return (
    <aside className="rail">
      <section>
        <div className="section-head">
          <h2>Facts</h2>
        </div>
        <Facts
          rows={[
            ['Version', harvester.version],
            ['Commit', harvester.commit],
            ['Comes as', harvester.owner],
            ['From', harvester.host],
            ['Known since', <Time key="known" at={harvester.createdAt} />],
          ]}
        />
      </section>
      <section>
        <div className="section-head">
          <h2>Serves</h2>
        </div>
        {harvester.serves.length === 0 ? (
          <p className="small quiet">No queue names it under the key harvester.</p>
        ) : (
          <ul>
            {harvester.serves.map(({ queue, status }) => (
              <li key={queue}>
                <Link to="/work/queues/$name" params={{ name: queue }} className="mono">
                  {queue}
                </Link>{' '}
                <span className="small quiet">{status}</span>
              </li>
            ))}
          </ul>
        )}
      </section>
      {harvester.wishes.length > 0 && (
        <section>
          <div className="section-head">
            <h2>Wants to be told</h2>
          </div>
          <ul className="small">
            {harvester.wishes.slice(0, 50).map(({ command, queue, resourceType }) => (
              <li key={`${command} ${queue} ${resourceType}`} className="wrap-any">
                {command} {queue} {resourceType}
              </li>
            ))}
          </ul>
        </section>
      )}
    </aside>
  );
}
