import type { UwsJobRow } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Empty, ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { Dialog } from '../shared/dialog.tsx';
import { bytes } from '../shared/format.ts';
import { useMe } from '../shared/me.ts';
import { Ago } from '../shared/time.tsx';
import { jobQuery, jobsQuery } from './queries.ts';
import { storedInput } from './stored-input.ts';

const shownJobs = 30;

interface PickerProps {
  label: string;
  onPick: (reference: string) => void;
  onClose: () => void;
}

/** Chooses a result of one of one's own jobs; its bytes stay where they are. */
export function ResultPicker({ label, onPick, onClose }: PickerProps) {
  const me = useMe();
  const [text, setText] = useState('');
  const [job, setJob] = useState<UwsJobRow | undefined>();
  const filter = {
    phase: ['COMPLETED' as const],
    ...(me === undefined || me.anonymous ? {} : { owner: me.name }),
    ...(text.trim() === '' ? {} : { runId: text.trim() }),
  };
  const { data, error, refetch } = useQuery({
    ...jobsQuery(filter, {}, shownJobs),
    placeholderData: (before) => before,
  });
  return (
    <Dialog label={label} className="wide" onClose={onClose}>
      <div className="dialog-body stack close">
        <div className="row apart">
          <h2>{label}</h2>
          <button type="button" className="button small" onClick={onClose}>
            Close <kbd>Esc</kbd>
          </button>
        </div>
        {job === undefined ? (
          <>
            <label className="input">
              <span className="small faint">name</span>
              <input
                value={text}
                placeholder="part of a job's name"
                spellCheck={false}
                onChange={(event) => setText(event.target.value)}
              />
            </label>
            {error !== null && data === undefined ? (
              <ErrorPanel what="Your jobs could not be read" error={error} retry={() => void refetch()} />
            ) : data === undefined ? (
              <SkeletonRows />
            ) : data.rows.length === 0 ? (
              <Empty title={text === '' ? 'No job of yours is COMPLETED yet' : 'No job has that name'} />
            ) : (
              <ul className="choices" aria-label="Completed jobs">
                {data.rows.map((row) => (
                  <li key={row.id}>
                    <button type="button" onClick={() => setJob(row)}>
                      <span className="strong">{row.runId ?? row.definition}</span>
                      <span className="small quiet">
                        {row.definition} · <span className="mono">{row.id}</span>
                      </span>
                      <span className="small faint end">
                        <Ago at={row.endedAt ?? row.createdAt} />
                      </span>
                    </button>
                  </li>
                ))}
              </ul>
            )}
            {data?.older != null && (
              <p className="small faint">
                The newest {shownJobs} are shown; a part of the name finds others.
              </p>
            )}
          </>
        ) : (
          <ResultsOf job={job} onBack={() => setJob(undefined)} onPick={onPick} />
        )}
      </div>
    </Dialog>
  );
}

function ResultsOf({
  job,
  onBack,
  onPick,
}: {
  job: UwsJobRow;
  onBack: () => void;
  onPick: (reference: string) => void;
}) {
  const { data, error, refetch } = useQuery(jobQuery(job.id));
  return (
    <>
      <p className="small">
        <button type="button" className="link small" onClick={onBack}>
          All jobs
        </button>{' '}
        / <span className="strong">{job.runId ?? job.definition}</span> <span className="mono">{job.id}</span>
      </p>
      {error !== null && data === undefined ? (
        <ErrorPanel what="Its results could not be read" error={error} retry={() => void refetch()} />
      ) : data === undefined ? (
        <SkeletonRows />
      ) : data.results.length === 0 ? (
        <Empty title="This job left no results" />
      ) : (
        <ul className="choices" aria-label="Results of the job">
          {data.results.map((result) => (
            <li key={result.name}>
              <button
                type="button"
                onClick={() => onPick(storedInput({ jobId: job.id, kind: 'result', name: result.name }))}
              >
                <span className="strong">{result.name}</span>
                <span className="mono">{result.fileName}</span>
                <span className="small faint end">
                  {result.mediaType}, {bytes(result.sizeBytes)}
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
