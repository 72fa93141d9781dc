import type { UwsJob, UwsShare } from '@orrery/contracts';
import { useState } from 'react';
import { call } from '../shared/api.ts';
import { ActError } from '../shared/confirm-act.tsx';
import { CopyButton } from '../shared/copy-button.tsx';
import { Dialog } from '../shared/dialog.tsx';
import { plural } from '../shared/format.ts';
import { Deadline } from '../shared/time.tsx';

const choices = [
  [24, '1 day'],
  [72, '3 days'],
  [168, '7 days'],
  [720, '30 days'],
] as const;

/** Makes addresses that open the job without an account for a while, and shows them once. */
export function ShareDialog({ job, onClose }: { job: UwsJob; onClose: () => void }) {
  const [hours, setHours] = useState<number>(24);
  const [share, setShare] = useState<UwsShare | undefined>();
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const make = async () => {
    setBusy(true);
    setError(undefined);
    try {
      const path = `/api/uws/jobs/${encodeURIComponent(job.id)}/share`;
      setShare(await call<UwsShare>('POST', path, { body: { hours } }));
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog label={`Share job ${job.id}`} className="wide" onClose={onClose}>
      <div className="dialog-body stack close">
        <h2>Share job {job.id}</h2>
        {share === undefined ? (
          <>
            <ul>
              <li>Whoever has the link sees parameters, log and results, without an account.</li>
              <li>Uploaded inputs are named, not given.</li>
              <li>The link cannot be taken back before its end, except by deleting the job.</li>
            </ul>
            <div className="field">
              <label htmlFor="share-hours">Open for</label>
              <span className="input narrow">
                <select
                  id="share-hours"
                  value={hours}
                  onChange={(event) => setHours(Number(event.target.value))}
                >
                  {choices.map(([n, label]) => (
                    <option key={n} value={n}>
                      {label}
                    </option>
                  ))}
                </select>
              </span>
            </div>
          </>
        ) : (
          <Links share={share} asked={hours} />
        )}
        {error !== undefined && <ActError error={error} />}
        <div className="dialog-acts">
          <button type="button" className="button" onClick={onClose}>
            {share === undefined ? 'Cancel' : 'Close'}
          </button>
          {share === undefined && (
            <button type="button" className="button primary" disabled={busy} onClick={() => void make()}>
              {busy ? 'Making …' : 'Make link'}
            </button>
          )}
        </div>
      </div>
    </Dialog>
  );
}

function Links({ share, asked }: { share: UwsShare; asked: number }) {
  return (
    <>
      <p>
        Open until <Deadline at={share.expiresAt} />
        {share.hours < asked && `; ${plural(share.hours, 'hour')} is the most the operator allows`}.
      </p>
      <div className="field">
        <div className="row apart">
          <label htmlFor="share-link">Link to the job</label>
          <CopyButton text={share.jobHref} />
        </div>
        <span className="input">
          <input
            id="share-link"
            className="mono"
            readOnly
            value={share.jobHref}
            onFocus={(event) => event.target.select()}
          />
        </span>
      </div>
      {share.results.length > 0 && (
        <details>
          <summary className="small">{plural(share.results.length, 'link')} to single results</summary>
          <ul className="stack close plain-list" style={{ marginTop: 8 }}>
            {share.results.map((file) => (
              <li key={file.name} className="row">
                <a href={file.href} className="mono wrap-any">
                  {file.fileName}
                </a>
                <CopyButton text={file.href} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}
