import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ActError } from '../shared/confirm-act.tsx';
import { plural } from '../shared/format.ts';
import { useNow } from '../shared/now.ts';
import { each, keep, leaving } from './deletions.ts';

/** Says which jobs are about to go, and takes that back. */
export function DeletedBar() {
  const jobs = leaving.use();
  const now = useNow();
  const queryClient = useQueryClient();
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  if (jobs.length === 0 && error === undefined) return null;
  const undo = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await each(jobs, ({ id }) => keep(id));
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
      await queryClient.invalidateQueries({ queryKey: ['uws'] });
    }
  };
  const first = jobs[0];
  const seconds = Math.max(0, ...jobs.map((job) => Math.ceil((Date.parse(job.deletesAt) - now) / 1000)));
  return (
    <div className="undo-bar" role="status">
      {first !== undefined && (
        <>
          <span>
            {jobs.length === 1 ? (
              <>
                Job <span className="mono">{first.id}</span> is deleted
              </>
            ) : (
              `${plural(jobs.length, 'job')} are deleted`
            )}{' '}
            <span className="quiet">in {seconds} s</span>
          </span>
          <button type="button" className="button small" disabled={busy} onClick={() => void undo()}>
            Undo
          </button>
        </>
      )}
      {error !== undefined && <ActError error={error} />}
    </div>
  );
}
