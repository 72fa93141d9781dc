import { type PandaDowntime, pandaDowntimeStates } from '@orrery/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../shared/api.ts';
import { Field } from '../shared/field.tsx';
import { FormDialog } from '../shared/form-dialog.tsx';
import { duration } from '../shared/format.ts';
import { fieldOf, instantOf } from '../shared/instant.ts';
import { queuePath } from './queries.ts';
import { stateMeaning } from './queue-status.tsx';

/** The next full hour, and four hours after it: what a new downtime begins with. */
function usualTimes(): [string, string] {
  const hour = 3_600_000;
  const next = (Math.floor(Date.now() / hour) + 1) * hour;
  return [fieldOf(new Date(next).toISOString()), fieldOf(new Date(next + 4 * hour).toISOString())];
}

/** Plans a downtime, or changes one. */
export function DowntimeDialog({
  queue,
  downtime,
  onClose,
}: {
  queue: string;
  downtime: PandaDowntime | undefined;
  onClose: () => void;
}) {
  const [usualFrom, usualUntil] = usualTimes();
  const [from, setFrom] = useState(downtime === undefined ? usualFrom : fieldOf(downtime.startsAt));
  const [until, setUntil] = useState(downtime === undefined ? usualUntil : fieldOf(downtime.endsAt));
  const [status, setStatus] = useState<PandaDowntime['status']>(downtime?.status ?? 'offline');
  const [reason, setReason] = useState(downtime?.reason ?? '');
  const queryClient = useQueryClient();
  const startsAt = instantOf(from);
  const endsAt = instantOf(until);
  const problem =
    startsAt === undefined || endsAt === undefined
      ? 'Give a day and a clock for both ends.'
      : Date.parse(endsAt) <= Date.parse(startsAt)
        ? 'It ends before it begins.'
        : Date.parse(endsAt) <= Date.now()
          ? 'It would be over already.'
          : undefined;
  const run = async () => {
    const path = `${queuePath(queue)}/downtimes`;
    const body = { startsAt, endsAt, status, reason: reason.trim() };
    if (downtime === undefined) await call('POST', path, { body });
    else await call('PUT', `${path}/${downtime.id}`, { body });
    await queryClient.invalidateQueries({ queryKey: ['panda', 'queue', queue] });
  };
  return (
    <FormDialog
      title={downtime === undefined ? `Downtime of ${queue}` : `Change a downtime of ${queue}`}
      verb={downtime === undefined ? 'Add downtime' : 'Save downtime'}
      problem={problem ?? (reason.trim() === '' ? 'Give a reason.' : undefined)}
      run={run}
      onClose={onClose}
    >
      <Field label="From" unit="UTC">
        {(ids) => (
          <input
            {...ids}
            type="datetime-local"
            step={1}
            value={from}
            onChange={(event) => setFrom(event.target.value)}
          />
        )}
      </Field>
      <Field
        label="Until"
        unit="UTC"
        problem={problem}
        note={
          startsAt !== undefined && endsAt !== undefined
            ? duration((Date.parse(endsAt) - Date.parse(startsAt)) / 1000)
            : ''
        }
      >
        {(ids) => (
          <input
            {...ids}
            type="datetime-local"
            step={1}
            value={until}
            onChange={(event) => setUntil(event.target.value)}
          />
        )}
      </Field>
      <Field label="The queue becomes" note={stateMeaning[status]}>
        {(ids) => (
          <select
            {...ids}
            value={status}
            onChange={(event) => setStatus(event.target.value as PandaDowntime['status'])}
          >
            {pandaDowntimeStates.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        )}
      </Field>
      <Field label="Reason" note="Everybody sees it beside the state.">
        {(ids) => (
          <input
            {...ids}
            maxLength={500}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        )}
      </Field>
    </FormDialog>
  );
}
