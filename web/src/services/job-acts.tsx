import type { UwsJob } from '@orrery/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { call } from '../shared/api.ts';
import { ActButton, ConfirmAct } from '../shared/confirm-act.tsx';
import { bytes, duration, plural } from '../shared/format.ts';
import { useKeys } from '../shared/keys.ts';
import { jobQuery } from './queries.ts';

/** What one can do with the job: at most one primary act, what destroys comes last and asks first. */
export function JobActs({ job }: { job: UwsJob }) {
  const [asked, setAsked] = useState<'abort' | 'delete' | undefined>();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const path = `/api/uws/jobs/${encodeURIComponent(job.id)}`;
  const change = async (phase: 'RUN' | 'ABORT') => {
    const next = await call<UwsJob>('POST', `${path}/phase`, { body: { phase } });
    queryClient.setQueryData(jobQuery(job.id).queryKey, next);
    void queryClient.invalidateQueries({ queryKey: ['uws', 'why', job.id] });
  };
  const remove = async () => {
    await call('DELETE', path);
    queryClient.removeQueries({ queryKey: ['uws', 'job', job.id] });
    void queryClient.invalidateQueries({ queryKey: ['uws', 'jobs'] });
    await navigate({ to: '/services/$name/jobs', params: { name: job.definition } });
  };
  const again = {
    to: '/services/$name',
    params: { name: job.definition },
    search: { again: job.id },
  } as const;
  const final = job.promise === null;
  useKeys([
    { keys: 'r', what: 'run again with changes', group: 'This page', run: () => void navigate(again) },
  ]);
  const stored = job.results.reduce((sum, result) => sum + result.sizeBytes, 0);
  return (
    <div className="acts">
      {job.acts.run && <ActButton label="Run" kind="primary" run={() => change('RUN')} />}
      <Link {...again} className={`button ${final && !job.acts.run ? 'primary' : ''}`}>
        Run again with changes
      </Link>
      {job.acts.abort && (
        <button type="button" className="button danger" onClick={() => setAsked('abort')}>
          Abort …
        </button>
      )}
      {job.acts.delete && (
        <button type="button" className="button danger" onClick={() => setAsked('delete')}>
          Delete …
        </button>
      )}
      {asked === 'abort' && (
        <ConfirmAct
          title={`Abort job ${job.id}?`}
          lines={[
            job.startedAt === null
              ? 'It has not begun; nothing is lost.'
              : `What it computed in ${duration((Date.now() - Date.parse(job.startedAt)) / 1000)} is lost.`,
            'Its log stays; it can be run again with the same parameters.',
          ]}
          verb="Abort job"
          keep="Keep running"
          run={() => change('ABORT')}
          onClose={() => setAsked(undefined)}
        />
      )}
      {asked === 'delete' && (
        <ConfirmAct
          title={`Delete job ${job.id}?`}
          lines={[
            job.results.length === 0
              ? 'It has no results.'
              : `${plural(job.results.length, 'result')} with ${bytes(stored)} are deleted with it.`,
            ...(final ? [] : ['It is stopped first.']),
            'This cannot be undone.',
          ]}
          verb="Delete job"
          keep="Keep it"
          run={remove}
          onClose={() => setAsked(undefined)}
        />
      )}
    </div>
  );
}
