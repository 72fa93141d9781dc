import type { PandaHarvester } from '@orrery/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../shared/api.ts';
import { ConfirmAct } from '../shared/confirm-act.tsx';
import { Field } from '../shared/field.tsx';
import { FormDialog } from '../shared/form-dialog.tsx';
import { instantOf } from '../shared/instant.ts';
import { queuePath } from './queries.ts';

type Served = PandaHarvester['serves'][number];

interface ActProps {
  id: string;
  /** Those that the reader may order something for. */
  queues: readonly Served[];
  onClose: () => void;
}

function QueueField({
  queues,
  queue,
  onChoose,
}: {
  queues: readonly Served[];
  queue: string;
  onChoose: (queue: string) => void;
}) {
  return (
    <Field label="Queue">
      {(ids) => (
        <select {...ids} value={queue} onChange={(event) => onChoose(event.target.value)}>
          {queues.map((each) => (
            <option key={each.queue}>{each.queue}</option>
          ))}
        </select>
      )}
    </Field>
  );
}

const stateChoices: Record<string, string | string[]> = {
  'waiting: submitted and ready': ['submitted', 'ready'],
  submitted: ['submitted'],
  running: ['running'],
  'all of them': 'ALL',
};

/** Chooses which workers of a queue go, then asks once more. */
export function SweepDialog({ id, queues, onClose }: ActProps) {
  const [queue, setQueue] = useState(queues[0]?.queue ?? '');
  const [states, setStates] = useState(Object.keys(stateChoices)[0] ?? '');
  const [element, setElement] = useState('ALL');
  const [isSure, setSure] = useState(false);
  const queryClient = useQueryClient();
  const elements = queues.find((each) => each.queue === queue)?.computingElements ?? [];
  const run = async () => {
    const body = {
      statuses: stateChoices[states],
      computingElements: element === 'ALL' ? 'ALL' : [element],
      submissionHosts: 'ALL',
    };
    await call('POST', `${queuePath(queue)}/sweep`, { body });
    await queryClient.invalidateQueries({ queryKey: ['panda', 'harvester', id] });
  };
  if (isSure)
    return (
      <ConfirmAct
        title={`Kill workers in ${queue}?`}
        lines={[
          `${id} is told to remove its workers there: ${states}${element === 'ALL' ? '' : `, at ${element}`}.`,
          'It does so when it next asks for orders. Jobs that their pilots run fail with them.',
          'Until it has taken the order, the order can be cancelled.',
        ]}
        verb="Kill workers"
        keep="Keep them"
        run={run}
        onClose={onClose}
      />
    );
  return (
    <FormDialog
      title="Kill workers"
      verb="Next …"
      run={() => {
        setSure(true);
        // The question takes the place of the form; closing is its business.
        return new Promise(() => {});
      }}
      onClose={onClose}
    >
      <QueueField
        queues={queues}
        queue={queue}
        onChoose={(next) => {
          setQueue(next);
          setElement('ALL');
        }}
      />
      <Field label="Workers that are">
        {(ids) => (
          <select {...ids} value={states} onChange={(event) => setStates(event.target.value)}>
            {Object.keys(stateChoices).map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        )}
      </Field>
      <Field label="At computing element">
        {(ids) => (
          <select {...ids} value={element} onChange={(event) => setElement(event.target.value)}>
            <option value="ALL">all of them</option>
            {elements.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        )}
      </Field>
    </FormDialog>
  );
}

/** Sets how many slots a queue shall have. */
export function SlotsDialog({ id, queues, onClose }: ActProps) {
  const [queue, setQueue] = useState(queues[0]?.queue ?? '');
  const [slots, setSlots] = useState('');
  const [share, setShare] = useState('');
  const [resourceType, setResourceType] = useState('');
  const [until, setUntil] = useState('');
  const queryClient = useQueryClient();
  const expiresAt = until === '' ? undefined : instantOf(until);
  const problem = !/^\d{1,9}$/.test(slots)
    ? 'Give a whole number of slots.'
    : until !== '' && expiresAt === undefined
      ? 'Give a day and a clock.'
      : expiresAt !== undefined && Date.parse(expiresAt) <= Date.now()
        ? 'It would be over already.'
        : undefined;
  const run = async () => {
    const body = {
      slots: Number(slots),
      ...(share.trim() === '' ? {} : { share: share.trim() }),
      ...(resourceType.trim() === '' ? {} : { resourceType: resourceType.trim() }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
    await call('PUT', `${queuePath(queue)}/target-slots`, { body });
    await queryClient.invalidateQueries({ queryKey: ['panda', 'harvester', id] });
  };
  return (
    <FormDialog title="Target slots" verb="Set target" problem={problem} run={run} onClose={onClose}>
      <QueueField queues={queues} queue={queue} onChoose={setQueue} />
      <Field label="Slots" note="How many the queue shall have.">
        {(ids) => (
          <input
            {...ids}
            inputMode="numeric"
            value={slots}
            onChange={(event) => setSlots(event.target.value)}
          />
        )}
      </Field>
      <Field label="Share" note="Empty: of every share.">
        {(ids) => (
          <input {...ids} maxLength={32} value={share} onChange={(event) => setShare(event.target.value)} />
        )}
      </Field>
      <Field label="Resource type" note="Empty: of every type.">
        {(ids) => (
          <input
            {...ids}
            maxLength={56}
            value={resourceType}
            onChange={(event) => setResourceType(event.target.value)}
          />
        )}
      </Field>
      <Field label="Until" unit="UTC" note="Empty: until it is taken back.">
        {(ids) => (
          <input
            {...ids}
            type="datetime-local"
            value={until}
            onChange={(event) => setUntil(event.target.value)}
          />
        )}
      </Field>
    </FormDialog>
  );
}
