import type { UwsJobRow } from '@orrery/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../shared/api.ts';
import { ActButton, ConfirmAct } from '../shared/confirm-act.tsx';
import { count, plural } from '../shared/format.ts';
import { deleteSoon, each, undoSeconds } from './deletions.ts';

const runnable = ['PENDING', 'HELD'];
const abortable = ['QUEUED', 'EXECUTING', 'HELD', 'SUSPENDED', 'PENDING', 'UNKNOWN'];

interface BulkProps {
  rows: readonly UwsJobRow[];
  picked: ReadonlySet<string>;
  onDone: () => void;
}

/** Acts on the selected rows; each says how many of them it can touch. */
export function BulkActs({ rows, picked, onDone }: BulkProps) {
  const [asked, setAsked] = useState<'abort' | 'delete' | undefined>();
  const queryClient = useQueryClient();
  const mine = rows.filter((row) => picked.has(row.id));
  const waiting = mine.filter((row) => runnable.includes(row.phase));
  const active = mine.filter((row) => abortable.includes(row.phase));
  const going = active.filter((row) => !runnable.includes(row.phase));
  const change = async (jobs: UwsJobRow[], phase: 'RUN' | 'ABORT') => {
    await each(jobs, (job) =>
      call('POST', `/api/uws/jobs/${encodeURIComponent(job.id)}/phase`, { body: { phase } }),
    );
    await queryClient.invalidateQueries({ queryKey: ['uws'] });
  };
  const remove = async () => {
    await each(mine, deleteSoon);
    onDone();
  };
  return (
    <>
      {waiting.length > 0 && (
        <ActButton label={`Run ${count(waiting.length)}`} kind="small" run={() => change(waiting, 'RUN')} />
      )}
      {active.length > 0 && (
        <button type="button" className="button small" onClick={() => setAsked('abort')}>
          Abort {count(active.length)} …
        </button>
      )}
      {mine.length === 1 ? (
        <ActButton label="Delete 1" kind="small" run={remove} />
      ) : (
        <button
          type="button"
          className="button small danger"
          disabled={mine.length === 0}
          title={mine.length === 0 ? 'None of them is on this page' : undefined}
          onClick={() => setAsked('delete')}
        >
          Delete {count(mine.length)} …
        </button>
      )}
      {asked === 'abort' && (
        <ConfirmAct
          title={`Abort ${plural(active.length, 'job')}?`}
          lines={[
            'What they computed so far is kept as partial results where there are any.',
            'They stay in the list as ABORTED and can be run again.',
          ]}
          verb={`Abort ${plural(active.length, 'job')}`}
          keep="Keep running"
          run={() => change(active, 'ABORT')}
          onClose={() => setAsked(undefined)}
        />
      )}
      {asked === 'delete' && (
        <ConfirmAct
          title={`Delete ${plural(mine.length, 'job')}?`}
          lines={[
            ...(going.length === 0
              ? []
              : [`${plural(going.length, 'job')} of them still run and are stopped.`]),
            'Their results and logs are deleted with them.',
            `You can take it back for ${undoSeconds} s.`,
          ]}
          verb={`Delete ${plural(mine.length, 'job')}`}
          keep="Keep them"
          {...(mine.length > 20 ? { typed: String(mine.length) } : {})}
          run={remove}
          onClose={() => setAsked(undefined)}
        />
      )}
    </>
  );
}
