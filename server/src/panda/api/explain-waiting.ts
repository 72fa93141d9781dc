import type { Why } from '@orrery/contracts/explain';
import type { WhyJob } from '../dispatch/why-job.ts';
import { pilotEvidence, statusEvidence } from './explain-queue.ts';

type Evidence = Why['evidence'][number];

/** Why no pilot has taken the job yet: its queue, its share, the line before it, and what keeps pilots from it. */
export function waitingStory(
  why: WhyJob,
  statusReason: string,
  history: Why['evidence'],
  acts: Why['acts'],
): Why {
  const { queueStatus, share, shareRank, ahead, givenLastHour, lastPilot, excluded } = why;
  const evidence: Evidence[] = [
    queueStatus === null
      ? { face: 'bad', text: 'The queue is not described here.', value: why.queue }
      : statusEvidence(queueStatus, statusReason),
    {
      face: 'waiting',
      text: shareRank === null ? 'Its share stands in no tree: it comes last.' : 'Turn of its share, from 1.',
      value: shareRank === null ? share : `${share}: ${shareRank}`,
    },
    ...(ahead === null
      ? []
      : [{ face: 'waiting' as const, text: 'Jobs of its share go before it.', value: String(ahead) }]),
    {
      face: 'active',
      text: 'Jobs that pilots took of the queue in the last hour.',
      value: String(givenLastHour),
    },
    pilotEvidence(lastPilot),
    ...excluded.map(({ part, text }): Evidence => ({ face: 'partial', text, value: part })),
    ...history,
  ];
  return { question: 'Why does it wait?', answer: why.answer, evidence, acts };
}
