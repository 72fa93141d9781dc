import type { PandaJob } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { Field } from '../shared/field.tsx';
import { FormDialog } from '../shared/form-dialog.tsx';
import { useJobAct } from './job-acts.tsx';
import { queuesQuery } from './queries.ts';

/** A new job like this one, with more memory or elsewhere when that is what it lacked. */
export function RetryDialog({ job, onClose }: { job: PandaJob; onClose: () => void }) {
  const [memory, setMemory] = useState('');
  const [queue, setQueue] = useState('');
  const { data: queues } = useQuery({ ...queuesQuery, refetchInterval: false });
  const navigate = useNavigate();
  const act = useJobAct(job);
  const isNumber = memory === '' || (/^\d{1,8}$/.test(memory) && Number(memory) > 0);
  const problem = isNumber ? undefined : 'Give a whole number of MB, or nothing.';
  const run = async () => {
    const made = await act('retry', {
      ...(memory === '' ? {} : { memoryMb: Number(memory) }),
      ...(queue === '' ? {} : { queue }),
    });
    await navigate({ to: '/work/jobs/$id', params: { id: String(made.id) } });
  };
  return (
    <FormDialog
      title={`Retry job ${job.id}`}
      verb="Submit again"
      problem={problem}
      run={run}
      onClose={onClose}
    >
      <p className="quiet">
        A new job with the same parameters and files; this one stays as it is. Leave a field empty to keep
        what was.
      </p>
      <Field
        label="Memory"
        unit="MB"
        problem={problem}
        note={job.memoryMb === 0 ? 'It asked for no certain amount.' : `It asked for ${job.memoryMb} MB.`}
      >
        {(ids) => (
          <input
            {...ids}
            inputMode="numeric"
            placeholder={job.memoryMb === 0 ? '' : String(job.memoryMb)}
            value={memory}
            onChange={(event) => setMemory(event.target.value.trim())}
          />
        )}
      </Field>
      <Field label="Queue" note="Only queues that are online start it soon.">
        {(ids) => (
          <select {...ids} value={queue} onChange={(event) => setQueue(event.target.value)}>
            <option value="">the same, {job.queue}</option>
            {queues?.rows
              .filter((each) => each.queue !== job.queue)
              .map((each) => (
                <option key={each.queue} value={each.queue}>
                  {each.queue}, {each.status}
                </option>
              ))}
          </select>
        )}
      </Field>
    </FormDialog>
  );
}
