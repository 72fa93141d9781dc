import type { PandaWorker, PandaWorkersKilled } from '@orrery/contracts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { call } from '../shared/api.ts';
import { Empty } from '../shared/blanks.tsx';
import { ConfirmAct } from '../shared/confirm-act.tsx';
import { useSlowNow } from '../shared/now.ts';
import { PhaseStrip, type StripPhase } from '../shared/phase-strip.tsx';
import { State } from '../shared/state-badge.tsx';
import { faceOf } from '../shared/states.ts';
import { api, queuesQuery } from './queries.ts';

/** What a worker went through, as its batch system and its pilot told. */
export function WorkerStrip({ worker }: { worker: PandaWorker }) {
  const now = useSlowNow();
  const phases = phasesOf(worker, now);
  return phases.length === 0 ? null : (
    <div className="panel panel-pad">
      <PhaseStrip phases={phases} />
    </div>
  );
}

/** From submission over the pilot's words to the end; a time that was not told makes no phase. */
function phasesOf(worker: PandaWorker, now: number): StripPhase[] {
  const { submittedAt, startedAt, pilotStartedAt, pilotEndedAt, endedAt } = worker;
  const marks: Array<[string, StripPhase['face'], string | null]> = [
    ['submitted', 'waiting', submittedAt],
    ['running', 'active', startedAt],
    ['pilot runs', 'active', pilotStartedAt],
    ['pilot ended', 'finishing', pilotEndedAt],
    [worker.status, faceOf('worker', worker.status), endedAt],
  ];
  const told = marks
    .flatMap(([word, face, at]) => (at === null ? [] : [{ word, face, at: Date.parse(at) }]))
    .sort((a, b) => a.at - b.at);
  return told.map(({ word, face, at }, index) => {
    const next = told[index + 1]?.at;
    const isEnd = next === undefined && endedAt !== null;
    return { word, face, seconds: isEnd ? null : Math.max(0, ((next ?? now) - at) / 1000) };
  });
}

/** The page of the machine; under the name of the queue where its site is not known. */
export function NodeLink({ worker: { node, queue } }: { worker: PandaWorker }) {
  const { data } = useQuery({ ...queuesQuery, refetchInterval: false });
  const site = data?.rows.find((row) => row.queue === queue)?.site ?? queue;
  const host = /@(.+)/.exec(node ?? '')?.[1] ?? node ?? '';
  return (
    <Link to="/work/nodes/$site/$host" params={{ site, host }} className="mono">
      {node}
    </Link>
  );
}

/** Jobs that its pilot got, with what became of them. */
export function WorkerJobs({ worker }: { worker: PandaWorker }) {
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>Jobs</h2>
        <span className="small quiet">that its pilot got and you may see, last first</span>
      </div>
      {worker.ran.length === 0 ? (
        <Empty title="It got no job">
          {worker.endedAt === null
            ? 'Its pilot asks for one once it runs.'
            : 'A pilot that finds nothing to do ends by itself.'}
        </Empty>
      ) : (
        <table className="table data-table hover" aria-label="Jobs of the worker">
          <thead>
            <tr>
              <th scope="col">State</th>
              <th scope="col">Job</th>
              <th scope="col">Error</th>
            </tr>
          </thead>
          <tbody>
            {worker.ran.map(({ id, status, error, failedByWorker }) => {
              const text =
                error === null ? '' : `${error.source} ${error.code} ${error.meaning ?? error.diag}`;
              return (
                <tr key={id}>
                  <td>
                    <State family="pandaJob" word={status} />
                  </td>
                  <td>
                    <Link to="/work/jobs/$id" params={{ id: String(id) }} className="mono">
                      {id}
                    </Link>
                  </td>
                  <td className="cut" title={error?.diag}>
                    {failedByWorker ? `${text} (failed because this worker had ended)` : text}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** Ends a pilot that the server started itself. */
export function EndPilot({ worker }: { worker: PandaWorker }) {
  const [isAsked, setAsked] = useState(false);
  const queryClient = useQueryClient();
  const run = async () => {
    await call('POST', `${api}/pilots/${worker.worker}/end`, { body: {} });
    await queryClient.invalidateQueries({ queryKey: ['panda', 'worker', worker.harvester] });
  };
  return (
    <>
      <button type="button" className="button danger" onClick={() => setAsked(true)}>
        End this pilot …
      </button>
      {isAsked && (
        <ConfirmAct
          title={`End pilot ${worker.worker}?`}
          lines={[
            'Its payload is ended, and its job begins again with the next pilot.',
            'The server starts another one as soon as a job of the queue waits for it.',
          ]}
          verb="End pilot"
          keep="Keep it"
          run={run}
          onClose={() => setAsked(false)}
        />
      )}
    </>
  );
}

/** Asks its Harvester to kill it. */
export function KillWorker({ worker }: { worker: PandaWorker }) {
  const [isAsked, setAsked] = useState(false);
  const [said, setSaid] = useState<string | undefined>();
  const queryClient = useQueryClient();
  const run = async () => {
    const path = `${api}/harvesters/${encodeURIComponent(worker.harvester)}/kill-workers`;
    const { left } = await call<PandaWorkersKilled>('POST', path, { body: { workers: [worker.worker] } });
    setSaid(left[0] === undefined ? 'Its Harvester is told.' : `Left alone: ${left[0].why}.`);
    await queryClient.invalidateQueries({ queryKey: ['panda', 'worker', worker.harvester] });
  };
  return (
    <>
      <span className="small quiet" role="status">
        {said}
      </span>
      <button type="button" className="button danger" onClick={() => setAsked(true)}>
        Kill …
      </button>
      {isAsked && (
        <ConfirmAct
          title={`Kill worker ${worker.worker}?`}
          lines={[
            `${worker.harvester} is told to remove it from its batch system; it does so when it next asks for orders.`,
            'The job that its pilot runs fails with it and can be retried.',
          ]}
          verb="Kill worker"
          keep="Keep it"
          run={run}
          onClose={() => setAsked(false)}
        />
      )}
    </>
  );
}
