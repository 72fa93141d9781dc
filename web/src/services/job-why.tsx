import type { UwsJob } from '@orrery/contracts';
import { faceOf } from '../shared/states.ts';
import { WhyAnswer } from '../shared/why-answer.tsx';
import { whyQuery } from './queries.ts';

/** Why the job is where it is. */
export function JobWhy({ job }: { job: UwsJob }) {
  const isBad = job.overdue || faceOf('uwsJob', job.phase) === 'bad';
  return (
    <WhyAnswer
      query={whyQuery(job.id)}
      touches={[
        ['uws', 'job', job.id],
        ['uws', 'why', job.id],
      ]}
      {...(isBad ? { face: 'bad' } : {})}
    />
  );
}
