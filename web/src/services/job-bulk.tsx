import type { UwsJobRow } from '@orrery/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../shared/api.ts';
import { ConfirmAct } from '../shared/confirm-act.tsx';
import { count, plural } from '../shared/format.ts';

/** Acts on the selected rows; each says how many of them it can touch. */
export function BulkActs({ rows, picked }: { rows: UwsJobRow[]; picked: ReadonlySet<string> }) {
  const [asked, setAsked] = useState<'abort' | 'delete' | undefined>();
  const queryClient = useQueryClient();
  const mine = rows.filter((row) => picked.has(row.id));
  const active = mine.filter((row) =>
    ['QUEUED', 'EXECUTING', 'HELD', 'SUSPENDED', 'PENDING'].includes(row.phase),
  );
  const run = async (method: string, jobs: UwsJobRow[]) => {
    for (const job of jobs) {
      const path = `/api/uws/jobs/${encodeURIComponent(job.id)}`;
      await (method === 'DELETE'
        ? call('DELETE', path)
        : call('POST', `${path}/phase`, { body: { phase: 'ABORT' } }));
    }
    await queryClient.invalidateQueries({ queryKey: ['uws'] });
  };
  return (
    <>
      {active.length > 0 && (
        <button type="button" className="button small" onClick={() => setAsked('abort')}>
          Abort {count(active.length)} …
        </button>
      )}
      <button
        type="button"
        className="button small danger"
        disabled={mine.length === 0}
        title={mine.length === 0 ? 'None of them is on this page' : undefined}
        onClick={() => setAsked('delete')}
      >
        Delete {count(mine.length)} …
      </button>
      {asked === 'abort' && (
        <ConfirmAct
          title={`Abort ${plural(active.length, 'job')}?`}
          lines={[
            'What they computed so far is lost.',
            'They stay in the list as ABORTED and can be run again.',
          ]}
          verb={`Abort ${plural(active.length, 'job')}`}
          keep="Keep running"
          run={() => run('POST', active)}
          onClose={() => setAsked(undefined)}
        />
      )}
      {asked === 'delete' && (
        <ConfirmAct
          title={`Delete ${plural(mine.length, 'job')}?`}
          lines={[
            `${plural(active.length, 'job')} of them still run and are stopped.`,
            'Their results and logs are deleted with them.',
            'This cannot be undone.',
          ]}
          verb={`Delete ${plural(mine.length, 'job')}`}
          keep="Keep them"
          {...(mine.length > 20 ? { typed: String(mine.length) } : {})}
          run={() => run('DELETE', mine)}
          onClose={() => setAsked(undefined)}
        />
      )}
    </>
  );
}
