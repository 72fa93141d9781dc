import { type ReactNode, useEffect, useRef, useState } from 'react';
import { ApiError } from './api.ts';
import { Dialog } from './dialog.tsx';
import { useActsOff } from './live-dot.tsx';

interface ConfirmProps {
  /** The act as a question: `Abort job k3m9x7q2?` */
  title: string;
  /** What happens, two to four lines with computed numbers. */
  lines: ReactNode[];
  /** The button: verb and object. */
  verb: string;
  keep?: string;
  /** Text to be typed where the act is beyond repair. */
  typed?: string;
  run: () => Promise<unknown>;
  onClose: () => void;
}

/** Asks before what cannot be undone. The focus starts on the harmless button. */
export function ConfirmAct({ title, lines, verb, keep = 'Cancel', typed, run, onClose }: ConfirmProps) {
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const cancel = useRef<HTMLButtonElement>(null);
  const off = useActsOff();
  useEffect(() => cancel.current?.focus(), []);
  const blocked = off ?? (typed !== undefined && text !== typed ? `Type ${typed} first` : undefined);
  const act = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await run();
      onClose();
    } catch (caught) {
      setError(caught);
      setBusy(false);
    }
  };
  return (
    <Dialog label={title} onClose={onClose}>
      <div className="dialog-body">
        <h2>{title}</h2>
        <ul>
          {lines.map((line, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: fixed lines of one question
            <li key={index}>{line}</li>
          ))}
        </ul>
        {typed !== undefined && (
          <label className="field">
            <span className="small">
              Type <b>{typed}</b> to confirm
            </span>
            <span className="input">
              <input className="mono" value={text} onChange={(event) => setText(event.target.value)} />
            </span>
          </label>
        )}
        {error !== undefined && <ActError error={error} />}
        <div className="dialog-acts">
          <button ref={cancel} type="button" className="button" onClick={onClose}>
            {keep}
          </button>
          <button
            type="button"
            className="button danger solid"
            disabled={blocked !== undefined || busy}
            title={blocked}
            onClick={() => void act()}
          >
            {verb}
          </button>
        </div>
      </div>
    </Dialog>
  );
}

/** The refusal of an act, where the act was. */
export function ActError({ error }: { error: unknown }) {
  const message = error instanceof Error ? error.message : 'It could not be done.';
  return (
    <p className="tone-bad small" role="alert" style={{ margin: '6px 0' }}>
      {message} {error instanceof ApiError ? error.next : ''}
    </p>
  );
}

/** A plain act: one button, busy while it runs, its refusal beside it. Without a connection it says why not. */
export function ActButton({
  label,
  run,
  kind = '',
  keys,
}: {
  label: string;
  run: () => Promise<unknown>;
  kind?: 'primary' | 'danger' | 'small' | '';
  keys?: string;
}) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const off = useActsOff();
  const act = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await run();
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  return (
    <span className="row tight">
      <button
        type="button"
        className={`button ${kind}`}
        disabled={busy || off !== undefined}
        title={off}
        onClick={() => void act()}
      >
        {label}
        {keys !== undefined && <kbd>{keys}</kbd>}
      </button>
      {error !== undefined && <ActError error={error} />}
    </span>
  );
}
