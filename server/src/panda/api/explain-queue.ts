import type { Why } from '@orrery/contracts/explain';
import type { LastPilot } from '../dispatch/activity.store.ts';
import type { WhyQueue } from '../dispatch/why-queue.ts';
import type { Queue } from '../queues/queues.store.ts';
import type { QueueLife } from './queue.store.ts';

type Evidence = Why['evidence'][number];

const statusFaces = {
  online: 'good',
  test: 'idle',
  brokeroff: 'idle',
  paused: 'idle',
  offline: 'bad',
} as const;

/** Whether the queue takes work now, and what its last pilot went away from. */
export function queueStory(queue: Queue, life: QueueLife, why: WhyQueue): Why {
  const waiting = life.jobs.activated ?? 0;
  const { sent = 0, starting = 0, stagein = 0, running = 0, stageout = 0 } = life.jobs;
  const held = sent + starting + stagein + running + stageout;
  const evidence: Evidence[] = [
    statusEvidence(queue.status, queue.statusReason),
    { face: waiting > 0 ? 'waiting' : 'idle', text: 'Jobs wait for a pilot.', value: String(waiting) },
    { face: held > 0 ? 'active' : 'idle', text: 'Jobs are with pilots.', value: String(held) },
    {
      face: why.activity.asked > 0 ? 'active' : 'idle',
      text: 'Pilots asked for so many jobs in the last three hours, and got so many.',
      value: `${why.activity.asked} asked, ${why.activity.given} given`,
    },
    pilotEvidence(why.lastPilot),
    ...why.excluded.map(
      ({ jobs, text }): Evidence => ({ face: 'partial', text, value: jobs === 1 ? '1 job' : `${jobs} jobs` }),
    ),
  ];
  return { question: 'Why do its pilots get nothing?', answer: why.answer, evidence, acts: [] };
}

export function statusEvidence(status: Queue['status'], reason: string): Evidence {
  return { face: statusFaces[status], text: reason === '' ? 'Status of the queue.' : reason, value: status };
}

export function pilotEvidence(last: LastPilot | null): Evidence {
  const at = last?.askedAt ?? null;
  const where = last?.node == null ? '' : ` on ${last.node}`;
  return {
    face: at === null ? 'unknown' : 'good',
    text: 'A pilot last asked for a job.',
    value: at === null ? 'never' : `${at.toISOString()}${where}`,
  };
}
