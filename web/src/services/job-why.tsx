import type { UwsJob, UwsWhy } from '@orrery/contracts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { call } from '../shared/api.ts';
import { ErrorPanel } from '../shared/blanks.tsx';
import { ActButton } from '../shared/confirm-act.tsx';
import { withClocks } from '../shared/format.ts';
import { Href } from '../shared/link.tsx';
import { useSlowNow } from '../shared/now.ts';
import { faceOf } from '../shared/states.ts';
import { WhyPanel } from '../shared/why-panel.tsx';
import { whyQuery } from './queries.ts';

/** Why the job is where it is; the answer and its evidence come from the API, so that all clients say the same. */
export function JobWhy({ job }: { job: UwsJob }) {
  const { data, error, refetch } = useQuery(whyQuery(job.id));
  const now = useSlowNow();
  if (data === undefined) {
    if (error !== null)
      return <ErrorPanel what="The reason could not be read" error={error} retry={() => void refetch()} />;
    return null;
  }
  const face = faceOf('uwsJob', job.phase);
  return (
    <WhyPanel
      question={data.question}
      answer={withClocks(data.answer, now)}
      evidence={data.evidence.map((step) => ({
        ...step,
        value: step.value === null ? null : withClocks(step.value, now),
      }))}
      {...(face === 'bad' ? { face } : job.overdue ? { face: 'bad' as const } : {})}
      {...(data.acts.length === 0
        ? {}
        : { acts: data.acts.map((act) => <WhyAct key={act.label} act={act} id={job.id} />) })}
    />
  );
}

function WhyAct({ act, id }: { act: UwsWhy['acts'][number]; id: string }) {
  const queryClient = useQueryClient();
  if (act.method === 'GET') {
    return (
      <Href to={act.href} className="button small">
        {act.label}
      </Href>
    );
  }
  const run = async () => {
    await call(act.method, act.href, act.body === undefined ? {} : { body: act.body });
    await queryClient.invalidateQueries({ queryKey: ['uws', 'job', id] });
    await queryClient.invalidateQueries({ queryKey: ['uws', 'why', id] });
  };
  return <ActButton label={act.label} kind="small" run={run} />;
}
