import type { PandaJob } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { Empty, ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { ActButton } from '../shared/confirm-act.tsx';
import { LogView } from '../shared/log-view.tsx';
import { Ago, Time } from '../shared/time.tsx';
import { useJobAct } from './job-acts.tsx';
import { jobPath, jobTextQuery, stdoutQuery } from './queries.ts';

/** The text the pilot sent of its own log. */
export function PilotLog({ job }: { job: PandaJob }) {
  const kept = job.texts.find(({ kind }) => kind === 'pilot-log');
  const { data, error, refetch } = useQuery({
    ...jobTextQuery(String(job.id), 'pilot-log'),
    enabled: kept !== undefined,
  });
  if (kept === undefined) {
    return (
      <div className="panel">
        <Empty title="No pilot log has come">
          {job.live
            ? 'Pilots send the end of their log when a job fails.'
            : 'The pilot sent none. The whole log is in the log file of the job, if that was stored.'}
        </Empty>
      </div>
    );
  }
  if (data === undefined) {
    return error !== null ? (
      <ErrorPanel what="The log could not be read" error={error} retry={() => void refetch()} />
    ) : (
      <div className="panel">
        <SkeletonRows rows={10} />
      </div>
    );
  }
  return (
    <LogView
      name="pilot log"
      head={
        <span className="small quiet">
          sent <Time at={kept.at} />
        </span>
      }
      piece={{ text: data, atStart: true, sizeBytes: data.length, ended: true }}
      downloadHref={`${jobPath(job.id)}/texts/pilot-log`}
    />
  );
}

/** What the pilot sends of the payload's output while the job is in debug mode, with the switch. */
export function DebugOutput({ job }: { job: PandaJob }) {
  const { data, error, refetch } = useQuery(stdoutQuery(String(job.id), job.live));
  const act = useJobAct(job);
  const isOn = data?.debug ?? job.debug;
  const toggle = async () => {
    await act('debug', { on: !isOn });
    await refetch();
  };
  const command = data?.command ?? job.command;
  const control = (
    <>
      <span className="small quiet" role="status">
        {isOn ? 'Debug mode is on' : 'Debug mode is off'}
        {data?.at != null && (
          <>
            ; came <Ago at={data.at} />
          </>
        )}
        {command !== null && (
          <>
            ; the pilot is told <span className="mono">{command}</span>
          </>
        )}
      </span>
      {job.acts.debug && (
        <ActButton
          label={isOn ? 'Switch debug mode off' : 'Switch debug mode on'}
          kind="small"
          run={toggle}
        />
      )}
    </>
  );
  if (error !== null && data === undefined)
    return <ErrorPanel what="The output could not be read" error={error} retry={() => void refetch()} />;
  if (data === undefined) {
    return (
      <div className="panel">
        <SkeletonRows rows={6} />
      </div>
    );
  }
  if (data.text === null) {
    return (
      <section className="panel" aria-label="Live output">
        <div className="panel-head">{control}</div>
        <Empty title={isOn ? 'Nothing has come yet' : 'No output has been sent'}>
          {isOn
            ? 'The pilot sends the end of the output with its next heartbeats, some minutes apart.'
            : job.live
              ? 'In debug mode the pilot sends the end of the output with every heartbeat.'
              : 'The job was not in debug mode.'}
        </Empty>
      </section>
    );
  }
  return (
    <LogView
      name="output"
      head={control}
      piece={{ text: data.text, atStart: true, sizeBytes: data.text.length, ended: !job.live }}
    />
  );
}
