import {
  type PandaBulkAct,
  type PandaBulkActed,
  type PandaJobRow,
  pandaFinalStates,
} from '@orrery/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../shared/api.ts';
import { ConfirmAct } from '../shared/confirm-act.tsx';
import { count, plural } from '../shared/format.ts';
import { Href } from '../shared/link.tsx';
import { createStore } from '../shared/store.ts';
import { jobsHref } from './filter.ts';
import { PriorityDialog } from './priority-dialog.tsx';
import { api } from './queries.ts';

/** What the last act on several jobs did; shown above the list until it is put away. */
export const bulkResult = createStore<{ verb: string; acted: PandaBulkActed } | undefined>(undefined);

interface BulkProps {
  rows: readonly PandaJobRow[];
  picked: ReadonlySet<string>;
  onDone: () => void;
}

/** Acts on the selected rows; each says how many of them it can touch. */
export function BulkActs({ rows, picked, onDone }: BulkProps) {
  const [asked, setAsked] = useState<'kill' | 'retry' | 'priority' | undefined>();
  const queryClient = useQueryClient();
  const mine = rows.filter((row) => picked.has(String(row.id)));
  const isOver = (row: PandaJobRow) => pandaFinalStates.includes(row.status);
  const live = mine.filter((row) => !isOver(row));
  const over = mine.filter((row) => isOver(row) && row.status !== 'finished');
  const waiting = live.filter((row) => row.startedAt === null);
  const act = async (verb: string, jobs: PandaJobRow[], wish: Omit<PandaBulkAct, 'ids'>) => {
    const acted = await call<PandaBulkActed>('POST', `${api}/jobs/acts`, {
      body: { ...wish, ids: jobs.map(({ id }) => id) },
    });
    bulkResult.set({ verb, acted });
    onDone();
    await queryClient.invalidateQueries({ queryKey: ['panda'] });
  };
  return (
    <>
      {over.length > 0 && (
        <button type="button" className="button small" onClick={() => setAsked('retry')}>
          Retry {count(over.length)} …
        </button>
      )}
      {waiting.length > 0 && (
        <button type="button" className="button small" onClick={() => setAsked('priority')}>
          Priority of {count(waiting.length)} …
        </button>
      )}
      <button
        type="button"
        className="button small danger"
        disabled={live.length === 0}
        title={live.length === 0 ? 'All of them are over' : undefined}
        onClick={() => setAsked('kill')}
      >
        Kill {count(live.length)} …
      </button>
      {asked === 'kill' && (
        <ConfirmAct
          title={`Kill ${plural(live.length, 'job')}?`}
          lines={[
            ...(live.length > waiting.length
              ? [
                  `${plural(live.length - waiting.length, 'pilot')} ${live.length - waiting.length === 1 ? 'is' : 'are'} told to stop at the next heartbeat; what they computed is lost.`,
                ]
              : []),
            ...(waiting.length > 0
              ? [`${plural(waiting.length, 'job')} that wait are removed from their queues.`]
              : []),
            'They stay in the list as cancelled or closed and can be run again as new jobs.',
          ]}
          verb={`Kill ${plural(live.length, 'job')}`}
          keep="Keep running"
          {...(live.length > 20 ? { typed: String(live.length) } : {})}
          run={() => act('killed', live, { act: 'kill' })}
          onClose={() => setAsked(undefined)}
        />
      )}
      {asked === 'retry' && (
        <ConfirmAct
          title={`Retry ${plural(over.length, 'job')}?`}
          lines={[
            `${plural(over.length, 'new job')} with the same parameters and files, in the same queues.`,
            'The old ones stay as they are.',
          ]}
          verb={`Retry ${plural(over.length, 'job')}`}
          run={() => act('submitted again', over, { act: 'retry' })}
          onClose={() => setAsked(undefined)}
        />
      )}
      {asked === 'priority' && (
        <PriorityDialog
          title={`Priority of ${plural(waiting.length, 'job')}`}
          first={waiting[0]?.priority ?? 1000}
          run={(priority) => act('changed', waiting, { act: 'priority', priority })}
          onClose={() => setAsked(undefined)}
        />
      )}
    </>
  );
}

/** How the last act on several jobs went: how many, and for which ones it could not be done. */
export function BulkResult() {
  const result = bulkResult.use();
  if (result === undefined) return null;
  const { verb, acted } = result;
  const done = acted.rows.filter((row) => row.done);
  const refused = acted.rows.filter((row) => !row.done);
  return (
    <div className="undo-bar" role="status">
      <span>
        <b className="strong">
          {plural(done.length, 'job')} {verb}.
        </b>{' '}
        {refused.slice(0, 3).map((row) => (
          <span key={row.id}>
            <Href to={`/ui/work/jobs/${row.id}`} className="mono">
              {row.id}
            </Href>
            : {row.message}{' '}
          </span>
        ))}
        {refused.length > 3 && `${count(refused.length - 3)} more could not be.`}
        {done.some((row) => row.newId !== null) && (
          <Href to={jobsHref({ owner: 'me' })}>The new ones stand on top of yours.</Href>
        )}
      </span>
      <button type="button" className="link small" onClick={() => bulkResult.set(undefined)}>
        Put away
      </button>
    </div>
  );
}
