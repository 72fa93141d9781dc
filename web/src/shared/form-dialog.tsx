import { type FormEvent, type ReactNode, useState } from 'react';
import { ActError } from './confirm-act.tsx';
import { Dialog } from './dialog.tsx';
import { useActsOff } from './live-dot.tsx';

interface FormDialogProps {
  title: string;
  /** The button: verb and object. */
  verb: string;
  /** What is still missing or wrong, as a sentence; the button says it. */
  problem?: string | undefined;
  wide?: boolean;
  run: () => Promise<unknown>;
  onClose: () => void;
  children: ReactNode;
}

/** A small form over the page: its fields, what is wrong with them, the refusal of the server where the act was. */
export function FormDialog({ title, verb, problem, wide, run, onClose, children }: FormDialogProps) {
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const blocked = useActsOff() ?? problem;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (blocked !== undefined || busy) return;
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
    <Dialog label={title} className={wide === true ? 'wide' : ''} onClose={onClose}>
      <form className="dialog-body stack close" onSubmit={(event) => void submit(event)}>
        <h2>{title}</h2>
        {children}
        {error !== undefined && <ActError error={error} />}
        <div className="dialog-acts">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button
            type="submit"
            className="button primary"
            disabled={busy || blocked !== undefined}
            title={blocked}
          >
            {verb}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
