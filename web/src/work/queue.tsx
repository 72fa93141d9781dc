import type { PandaQueue } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import { ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { Glyph } from '../shared/glyphs.tsx';
import { useKeys } from '../shared/keys.ts';
import { Href } from '../shared/link.tsx';
import { useSlowNow } from '../shared/now.ts';
import { usePlace } from '../shared/page.ts';
import { rememberPage } from '../shared/recent.ts';
import { StatePill } from '../shared/state-badge.tsx';
import { Tabs } from '../shared/tabs.tsx';
import { Deadline, Time } from '../shared/time.tsx';
import { WhyShown } from '../shared/why-answer.tsx';
import { attentionOf, jobsIn, waitingStates } from './attention.ts';
import { Downtimes } from './downtimes.tsx';
import { jobsHref } from './filter.ts';
import { queueQuery } from './queries.ts';
import { QueueFlow } from './queue-flow.tsx';
import { QueueRail } from './queue-rail.tsx';
import { StatusDialog } from './queue-status.tsx';
import { Versions } from './queue-versions.tsx';
import './work.css';

const QueueDocument = lazy(async () => ({ default: (await import('./queue-document.tsx')).QueueDocument }));
const NewQueue = lazy(async () => ({ default: (await import('./queue-document.tsx')).NewQueue }));

/** One queue: is it taking work, why not, its calendar, its description and who changed it. */
export function QueuePage() {
  const { name } = useParams({ strict: false }) as { name: string };
  const isNew = name === '-';
  const { data, error, refetch } = useQuery({ ...queueQuery(name), enabled: !isNew });
  usePlace([
    { label: 'Work', to: '/work' },
    { label: 'Queues', to: '/work/queues' },
    { label: isNew ? 'New queue' : name, mono: !isNew },
  ]);
  useEffect(() => {
    if (!isNew) rememberPage({ label: `queue ${name}`, to: `/work/queues/${encodeURIComponent(name)}` });
  }, [name, isNew]);
  if (isNew)
    return (
      <Suspense fallback={<SkeletonRows rows={12} />}>
        <NewQueue />
      </Suspense>
    );
  if (data !== undefined) return <Queue key={name} queue={data} />;
  return error !== null ? (
    <>
      <h1>{name}</h1>
      <ErrorPanel what="It could not be read" error={error} retry={() => void refetch()} />
    </>
  ) : (
    <div className="panel">
      <SkeletonRows rows={8} />
    </div>
  );
}

function Queue({ queue }: { queue: PandaQueue }) {
  const { tab = 'flow' } = useSearch({ strict: false }) as { tab?: string };
  const navigate = useNavigate();
  const now = useSlowNow();
  const [asked, setAsked] = useState(false);
  const mayChange = queue.acts.change;
  const choose = (next: string) => void navigate({ to: '.', search: { tab: next }, replace: true });
  const attention = attentionOf(queue, now);
  const id = encodeURIComponent(queue.queue);
  useKeys([
    {
      keys: 'y',
      what: 'copy the name',
      group: 'This page',
      run: () => void navigator.clipboard?.writeText(queue.queue),
    },
    {
      keys: 'w',
      what: 'why',
      group: 'This page',
      run: () => document.getElementById('why')?.scrollIntoView(),
    },
    ...(mayChange ? [{ keys: 'e', what: 'edit', group: 'This page', run: () => choose('document') }] : []),
  ]);
  return (
    <>
      <div>
        <div className="page-head">
          <div className="page-title">
            <h1>{queue.queue}</h1>
            <StatePill family="worker" word={queue.status} />
            {attention !== undefined && (
              <span className={`state strong tone-${attention.face}`}>
                <Glyph face={attention.face} /> {attention.why}
              </span>
            )}
          </div>
          <div className="acts">
            <Href to={jobsHref({ queue: queue.queue })} className="button">
              Jobs
            </Href>
            {mayChange && (
              <button type="button" className="button" onClick={() => setAsked(true)}>
                Change state …
              </button>
            )}
          </div>
        </div>
        <p className="small quiet">
          {queue.site} · {queue.vo === null ? 'every VO' : `VO ${queue.vo}`} · {queue.status} since{' '}
          <Time at={queue.statusSince} /> by {queue.statusBy}
          {queue.statusReason !== '' && `, “${queue.statusReason}”`}
          {queue.downtimeUntil !== null && (
            <>
              {' '}
              · downtime until <Deadline at={queue.downtimeUntil} />, then {queue.setStatus}
            </>
          )}
        </p>
      </div>
      <WhyShown
        why={queue.why}
        touches={[
          ['panda', 'queue', queue.queue],
          ['panda', 'queues'],
        ]}
        {...(attention === undefined || jobsIn(queue.jobs, waitingStates) === 0
          ? {}
          : { face: attention.face })}
      />
      <Tabs
        label="Parts of the queue"
        chosen={tab}
        onChoose={choose}
        tabs={[
          { id: 'flow', label: 'Work' },
          { id: 'downtimes', label: 'Downtimes', n: queue.downtimes.length },
          { id: 'document', label: 'Description' },
          { id: 'versions', label: 'Versions', n: queue.version },
        ]}
      />
      <div className="with-rail">
        <div id="tab-panel" role="tabpanel" aria-labelledby={`tab-${tab}`} className="stack">
          {tab === 'downtimes' ? (
            <Downtimes queue={queue} />
          ) : tab === 'versions' ? (
            <Versions queue={queue} />
          ) : tab === 'document' ? (
            <Suspense fallback={<SkeletonRows rows={12} />}>
              <QueueDocument key={id} queue={queue} />
            </Suspense>
          ) : (
            <QueueFlow queue={queue} />
          )}
        </div>
        <QueueRail queue={queue} />
      </div>
      {asked && <StatusDialog queue={queue} onClose={() => setAsked(false)} />}
    </>
  );
}
