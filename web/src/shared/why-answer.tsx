import type { Why } from '@orrery/contracts';
import { type UseQueryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { call } from './api.ts';
import { ErrorPanel } from './blanks.tsx';
import { ActButton } from './confirm-act.tsx';
import { withClocks } from './format.ts';
import { Href } from './link.tsx';
import { useSlowNow } from './now.ts';
import type { Face } from './states.ts';
import { WhyPanel } from './why-panel.tsx';

interface WhyAnswerProps {
  query: UseQueryOptions<Why>;
  /** Face of the answer if it is bad news. */
  face?: Face;
  /** What an act changes and has to be asked for anew. */
  touches: ReadonlyArray<readonly unknown[]>;
}

/** Why an object is as it is: the answer and its evidence come from the API, with what can be done. */
export function WhyAnswer({ query, face, touches }: WhyAnswerProps) {
  const { data, error, refetch } = useQuery(query);
  if (data !== undefined)
    return <WhyShown why={data} touches={touches} {...(face === undefined ? {} : { face })} />;
  if (error === null) return null;
  return <ErrorPanel what="The reason could not be read" error={error} retry={() => void refetch()} />;
}

/** An answer that came with its object. */
export function WhyShown({ why, face, touches }: { why: Why } & Pick<WhyAnswerProps, 'face' | 'touches'>) {
  const now = useSlowNow();
  return (
    <WhyPanel
      question={why.question}
      answer={withClocks(why.answer, now)}
      evidence={why.evidence.map((step) => ({
        ...step,
        text: withClocks(step.text, now),
        value: step.value === null ? null : withClocks(step.value, now),
      }))}
      {...(face === undefined ? {} : { face })}
      {...(why.acts.length === 0
        ? {}
        : { acts: why.acts.map((act) => <WhyAct key={act.label} act={act} touches={touches} />) })}
    />
  );
}

function WhyAct({ act, touches }: { act: Why['acts'][number]; touches: WhyAnswerProps['touches'] }) {
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
    await Promise.all(touches.map((queryKey) => queryClient.invalidateQueries({ queryKey })));
  };
  return <ActButton label={act.label} kind="small" run={run} />;
}
