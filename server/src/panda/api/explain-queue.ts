import type { Why } from '@orrery/contracts/explain';
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

/** Whether the queue takes work now, and what keeps it from that. */
export function queueStory(queue: Queue, life: QueueLife): Why {
  const waiting = life.jobs.activated ?? 0;
  const running = (life.jobs.running ?? 0) + (life.jobs.starting ?? 0) + (life.jobs.sent ?? 0);
  const evidence: Evidence[] = [
    { face: statusFaces[queue.status], text: queue.statusReason || 'Its status.', value: queue.status },
    { face: waiting > 0 ? 'waiting' : 'idle', text: 'Jobs wait for a pilot.', value: String(waiting) },
    { face: running > 0 ? 'active' : 'idle', text: 'Jobs are with pilots.', value: String(running) },
    {
      face: life.asked > 0 ? 'active' : 'idle',
      text: 'Pilots asked for so many jobs in the last hour, and got so many.',
      value: `${life.asked} asked, ${life.given} given`,
    },
    {
      face: life.lastPilotAt === null ? 'unknown' : 'good',
      text: 'A pilot last asked for a job.',
      value: life.lastPilotAt?.toISOString() ?? 'never',
    },
  ];
  return { question: 'Does it take work?', answer: answerOf(queue, life, waiting), evidence, acts: [] };
}

function answerOf({ queue, status, statusReason }: Queue, life: QueueLife, waiting: number): string {
  if (status === 'offline' || status === 'paused') return `No: it is ${status}. ${statusReason}`.trim();
  if (life.asked === 0)
    return `No pilot of ${queue} has asked for a job in the last hour${waiting > 0 ? `, and ${waiting} jobs wait` : ''}.`;
  if (life.given > 0) return `Yes: its pilots got ${life.given} jobs in the last hour.`;
  return waiting > 0
    ? 'Its pilots ask, and none of the waiting jobs fits what they ask for.'
    : 'Its pilots ask, and no job waits here.';
}
