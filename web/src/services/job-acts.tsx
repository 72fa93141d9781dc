import type { UwsJob } from '@orrery/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { call } from '../shared/api.ts';
import { ActButton, ConfirmAct } from '../shared/confirm-act.tsx';
import { duration } from '../shared/format.ts';
import { useKeys } from '../shared/keys.ts';
import { deleteSoon, undoSeconds } from './deletions.ts';
import { ShareDialog } from './job-share.tsx';
import { jobQuery } from './queries.ts';

/** What one can do with the job: at most one primary act; aborting asks first, deleting can be taken back. */
export function JobActs({ job }: { job: UwsJob }) {
  const [asked, setAsked] = useState<'abort' | 'share' | undefined>();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const path = `/api/uws/jobs/${encodeURIComponent(job.id)}`;
  const change = async (phase: 'RUN' | 'ABORT') => {
    const next = await call<UwsJob>('POST', `${path}/phase`, { body: { phase } });
    queryClient.setQueryData(jobQuery(job.id).queryKey, next);
    void queryClient.invalidateQueries({ queryKey: ['uws', 'why', job.id] });
  };
  const remove = async () => {
    const { deletesAt } = await deleteSoon(job);
    queryClient.setQueryData(jobQuery(job.id).queryKey, { ...job, deletesAt });
  };
  const again = {
    to: '/services/$name',
    params: { name: job.definition },
    search: { again: job.id },
  } as const;
  const final = job.promise === null;
  useKeys([
    { keys: 'r', what: 'run again with changes', group: 'This page', run: () => void navigate(again) },
    {
      keys: 'shift+y',
      what: 'copy the link',
      group: 'This page',
      run: () => void navigator.clipboard?.writeText(window.location.href),
    },
  ]);
  return (
    <div className="acts">
      {job.acts.run && <ActButton label="Run" kind="primary" run={() => change('RUN')} />}
      <Link {...again} className={`button ${final && !job.acts.run ? 'primary' : ''}`}>
        Run again with changes
      </Link>
      {job.acts.share && (
        <button type="button" className="button" onClick={() => setAsked('share')}>
          Share …
        </button>
      )}
      {job.acts.abort && (
        <button type="button" className="button danger" onClick={() => setAsked('abort')}>
          Abort …
        </button>
      )}
      {job.acts.delete && job.deletesAt === null && (
        <span title={`Can be taken back for ${undoSeconds} s`}>
          <ActButton label="Delete" kind="danger" run={remove} />
        </span>
      )}
      {asked === 'share' && <ShareDialog job={job} onClose={() => setAsked(undefined)} />}
      {asked === 'abort' && (
        <ConfirmAct
          title={`Abort job ${job.id}?`}
          lines={[
            job.startedAt === null
              ? 'It has not begun; nothing is lost.'
              : `It has run for ${duration((Date.now() - Date.parse(job.startedAt)) / 1000)}; what it wrote by now is kept where a result names it.`,
            'Its log stays; it can be run again with the same parameters.',
          ]}
          verb="Abort job"
          keep="Keep running"
          run={() => change('ABORT')}
          onClose={() => setAsked(undefined)}
        />
      )}
    </div>
  );
}
