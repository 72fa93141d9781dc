import type { UwsJob } from '@orrery/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { call } from '../shared/api.ts';
import { ActError } from '../shared/confirm-act.tsx';
import { Facts } from '../shared/facts.tsx';
import { duration } from '../shared/format.ts';
import { fieldOf, instantOf } from '../shared/instant.ts';
import { Deadline } from '../shared/time.tsx';

import { jobQuery } from './queries.ts';

/** How long the job may run and how long it is kept; its owner may change both, the first until it runs. */
export function JobLimits({ job }: { job: UwsJob }) {
  const [editing, setEditing] = useState(false);
  const mayChange = job.acts.delete && job.phase !== 'ARCHIVED';
  return (
    <section>
      <div className="section-head">
        <h2>Limits</h2>
        {mayChange && !editing && (
          <button type="button" className="link small" onClick={() => setEditing(true)}>
            Change
          </button>
        )}
      </div>
      {editing ? (
        <EditLimits job={job} onDone={() => setEditing(false)} />
      ) : (
        <Facts
          rows={[
            ['Time', job.executionDuration === 0 ? 'no limit' : duration(job.executionDuration)],
            ['Kept until', job.destruction === null ? 'no end' : <Deadline key="d" at={job.destruction} />],
          ]}
        />
      )}
    </section>
  );
}

function EditLimits({ job, onDone }: { job: UwsJob; onDone: () => void }) {
  const [until, setUntil] = useState(job.destruction === null ? '' : fieldOf(job.destruction));
  const [limit, setLimit] = useState(String(job.executionDuration));
  const [said, setSaid] = useState<string | undefined>();
  const [error, setError] = useState<unknown>();
  const queryClient = useQueryClient();
  const isPending = job.phase === 'PENDING';
  const destruction = instantOf(until);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    setError(undefined);
    const change = {
      ...(destruction === undefined || (job.destruction !== null && until === fieldOf(job.destruction))
        ? {}
        : { destruction }),
      ...(isPending && limit !== '' && Number(limit) !== job.executionDuration
        ? { executionDuration: Number(limit) }
        : {}),
    };
    try {
      const next = await call<UwsJob>('PATCH', `/api/uws/jobs/${encodeURIComponent(job.id)}`, {
        body: change,
      });
      queryClient.setQueryData(jobQuery(job.id).queryKey, next);
      const shortened =
        change.destruction !== undefined &&
        next.destruction !== null &&
        Date.parse(next.destruction) < Date.parse(change.destruction);
      if (!shortened) onDone();
      else {
        setUntil(fieldOf(next.destruction as string));
        setSaid('This is the longest the operator allows.');
      }
    } catch (caught) {
      setError(caught);
    }
  };
  return (
    <form className="stack close" onSubmit={(event) => void save(event)} aria-label="Limits">
      <div className="field">
        <label htmlFor="limit-until">Kept until</label>
        <span className="input">
          <input
            id="limit-until"
            type="datetime-local"
            step={1}
            required
            value={until}
            onChange={(event) => setUntil(event.target.value)}
          />
          <span className="unit">UTC</span>
        </span>
      </div>
      <div className="field">
        <label htmlFor="limit-time">Time limit</label>
        <span className="input">
          <input
            id="limit-time"
            inputMode="numeric"
            disabled={!isPending}
            aria-describedby="limit-note"
            value={limit}
            onChange={(event) => setLimit(event.target.value.replace(/\D/g, ''))}
          />
          <span className="unit">s</span>
        </span>
        <span id="limit-note" className="faint">
          {isPending ? '0 = as long as allowed' : 'It can be changed only before the job runs.'}
        </span>
      </div>
      {said !== undefined && (
        <p className="tone-partial" role="status">
          {said}
        </p>
      )}
      {error !== undefined && <ActError error={error} />}
      <div className="row">
        <button
          type="submit"
          className="button small"
          disabled={destruction === undefined}
          title={destruction === undefined ? 'Give a day and a clock' : undefined}
        >
          Save
        </button>
        <button type="button" className="button small bare" onClick={onDone}>
          Cancel
        </button>
      </div>
    </form>
  );
}
