import type { PandaJob } from '@orrery/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../shared/api.ts';
import { ConfirmAct } from '../shared/confirm-act.tsx';
import { duration } from '../shared/format.ts';
import { useKeys } from '../shared/keys.ts';
import { MenuButton } from '../shared/menu-button.tsx';
import { CommandDialog } from './command-dialog.tsx';
import { PriorityDialog } from './priority-dialog.tsx';
import { jobPath, jobQuery } from './queries.ts';
import { RetryDialog } from './retry-dialog.tsx';

type Asked = 'kill' | 'retry' | 'command' | 'priority';

/** Does something with a job and shows what became of it. */
export function useJobAct(job: PandaJob): (verb: string, body?: object) => Promise<PandaJob> {
  const queryClient = useQueryClient();
  return async (verb, body) => {
    const next = await call<PandaJob>(
      'POST',
      `${jobPath(job.id)}/${verb}`,
      body === undefined ? {} : { body },
    );
    // `retry` answers with another job.
    queryClient.setQueryData(jobQuery(String(next.id)).queryKey, next);
    await queryClient.invalidateQueries({ queryKey: ['panda', 'job-why', String(job.id)] });
    return next;
  };
}

/** What one can do with the job; killing asks first. */
export function JobActs({ job }: { job: PandaJob }) {
  const [asked, setAsked] = useState<Asked | undefined>();
  const act = useJobAct(job);
  const close = () => setAsked(undefined);
  const { acts } = job;
  useKeys(acts.retry ? [{ keys: 'r', what: 'retry', group: 'This page', run: () => setAsked('retry') }] : []);
  const more = [
    ...(acts.priority ? [{ label: 'Priority …', run: () => setAsked('priority') }] : []),
    ...(acts.command ? [{ label: 'Send command …', run: () => setAsked('command') }] : []),
    {
      label: 'Rerun script',
      note: 'runs the payload again by hand',
      download: `${jobPath(job.id)}/script`,
    },
  ];
  return (
    <div className="acts">
      {acts.retry && (
        <button
          type="button"
          className={`button ${job.status === 'finished' ? '' : 'primary'}`}
          onClick={() => setAsked('retry')}
        >
          Retry …
        </button>
      )}
      <MenuButton label="More" name="More acts on this job" className="button" acts={more} />
      {acts.kill && (
        <button type="button" className="button danger" onClick={() => setAsked('kill')}>
          Kill …
        </button>
      )}
      {asked === 'kill' && (
        <ConfirmAct
          title={`Kill job ${job.id}?`}
          lines={
            job.startedAt === null
              ? ['It has not begun; nothing is lost.', 'It ends at once and can be retried as a new job.']
              : [
                  `It has run for ${duration((Date.now() - Date.parse(job.startedAt)) / 1000)}; its pilot is told to stop at the next heartbeat.`,
                  'The pilot keeps the log; outputs are lost. It can be retried as a new job.',
                ]
          }
          verb="Kill job"
          keep="Keep running"
          run={() => act('kill')}
          onClose={close}
        />
      )}
      {asked === 'retry' && <RetryDialog job={job} onClose={close} />}
      {asked === 'command' && <CommandDialog job={job} onClose={close} />}
      {asked === 'priority' && (
        <PriorityDialog
          title={`Priority of job ${job.id}`}
          first={job.priority}
          run={(priority) => act('priority', { priority })}
          onClose={close}
        />
      )}
    </div>
  );
}
