import type { Why } from '@orrery/contracts';
import { type UseQueryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from './api.ts';
import { ErrorPanel } from './blanks.tsx';
import { ActButton, ConfirmAct } from './confirm-act.tsx';
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
  /** What an act answered; for acts that make another object. */
  onActed?: (answer: unknown) => void;
}

/** Why an object is as it is: the answer and its evidence come from the API, with what can be done. */
export function WhyAnswer({ query, ...rest }: WhyAnswerProps) {
  const { data, error, refetch } = useQuery(query);
  if (data !== undefined) return <WhyShown why={data} {...rest} />;
  if (error === null) return null;
  return <ErrorPanel what="The reason could not be read" error={error} retry={() => void refetch()} />;
}

/** An answer that came with its object. */
export function WhyShown(props: { why: Why } & Omit<WhyAnswerProps, 'query'>) {
  const { why, face, touches, onActed } = props;
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
        : { acts: why.acts.map((act) => <WhyAct key={act.label} {...{ act, touches, onActed }} />) })}
    />
  );
}

interface WhyActProps {
  act: Why['acts'][number];
  touches: WhyAnswerProps['touches'];
  onActed: ((answer: unknown) => void) | undefined;
}

/** What cannot be taken back is asked about first, wherever it is offered. */
const isFinalAct = ({ method, label }: Why['acts'][number]): boolean =>
  method === 'DELETE' || /^(kill|abort|delete|remove)\b/i.test(label);

function WhyAct({ act, touches, onActed }: WhyActProps) {
  const queryClient = useQueryClient();
  const [asked, setAsked] = useState(false);
  if (act.method === 'GET') {
    return (
      <Href to={act.href} className="button small">
        {act.label}
      </Href>
    );
  }
  const run = async () => {
    const answer = await call(act.method, act.href, act.body === undefined ? {} : { body: act.body });
    await Promise.all(touches.map((queryKey) => queryClient.invalidateQueries({ queryKey })));
    onActed?.(answer);
  };
  if (!isFinalAct(act)) return <ActButton label={act.label} kind="small" run={run} />;
  return (
    <>
      <button type="button" className="button small danger" onClick={() => setAsked(true)}>
        {act.label} …
      </button>
      {asked && (
        <ConfirmAct
          title={`${act.label}?`}
          lines={['What it has done so far may be lost; this cannot be taken back.']}
          verb={act.label}
          keep="Keep it"
          run={run}
          onClose={() => setAsked(false)}
        />
      )}
    </>
  );
}
