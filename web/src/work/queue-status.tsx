import { type PandaQueue, type PandaQueueState, pandaQueueStates } from '@orrery/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../shared/api.ts';
import { Field } from '../shared/field.tsx';
import { FormDialog } from '../shared/form-dialog.tsx';
import { queuePath, queueQuery } from './queries.ts';

/** What each state means for pilots and for new jobs. */
export const stateMeaning: Record<PandaQueueState, string> = {
  online: 'Pilots get work, and new jobs are sent here.',
  test: 'Pilots get work; only test jobs are sent here.',
  brokeroff: 'Pilots get the work that is here; no new jobs are sent here.',
  paused: 'Pilots get nothing for now; what runs goes on.',
  offline: 'Pilots get nothing; what runs goes on.',
};

/** Asks for a state and the reason, which everybody sees beside it. */
export function StatusDialog({ queue, onClose }: { queue: PandaQueue; onClose: () => void }) {
  const [status, setStatus] = useState<PandaQueueState>(queue.setStatus);
  const [reason, setReason] = useState('');
  const queryClient = useQueryClient();
  const run = async () => {
    const next = await call<PandaQueue>('POST', `${queuePath(queue.queue)}/status`, {
      body: { status, reason: reason.trim() },
    });
    queryClient.setQueryData(queueQuery(queue.queue).queryKey, next);
    await queryClient.invalidateQueries({ queryKey: ['panda', 'queues'] });
  };
  return (
    <FormDialog
      title={`State of ${queue.queue}`}
      verb="Change state"
      problem={reason.trim() === '' ? 'Give a reason.' : undefined}
      run={run}
      onClose={onClose}
    >
      <Field label="State" note={stateMeaning[status]}>
        {(ids) => (
          <select
            {...ids}
            value={status}
            onChange={(event) => setStatus(event.target.value as PandaQueueState)}
          >
            {pandaQueueStates.map((each) => (
              <option key={each} value={each}>
                {each}
                {each === queue.setStatus ? ', as it is set now' : ''}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label="Reason" note="Everybody sees it beside the state.">
        {(ids) => (
          <input
            {...ids}
            required
            maxLength={500}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        )}
      </Field>
      {queue.downtimeUntil !== null && (
        <p className="small quiet">A downtime holds now; the worse of the two states counts until it ends.</p>
      )}
    </FormDialog>
  );
}
