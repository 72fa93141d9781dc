import type { Me, PasswordChange } from '@orrery/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { call } from '../shared/api.ts';
import { ActError } from '../shared/confirm-act.tsx';
import { Mark } from '../shared/glyphs.tsx';

const shortest = 10;

/** The password form; `due` when it stands before everything else after the first sign-in. */
export function PasswordForm({ me, due = false, onDone }: { me: Me; due?: boolean; onDone?: () => void }) {
  const [current, setCurrent] = useState('');
  const [wanted, setWanted] = useState('');
  const [again, setAgain] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const queryClient = useQueryClient();
  const differ = again !== '' && again !== wanted;
  const change = async () => {
    setBusy(true);
    setError(undefined);
    try {
      const body: PasswordChange = { currentPassword: current, newPassword: wanted };
      await call('POST', '/api/core/password', { body });
      await queryClient.invalidateQueries();
      onDone?.();
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!differ) void change();
  };
  return (
    <form className="panel stack panel-pad" onSubmit={submit}>
      {due && (
        <>
          <div className="row">
            <Mark size={26} />
            <h1>Choose a new password</h1>
          </div>
          <p className="quiet">
            The one you signed in with was made by the server and is known to whoever read its first lines.
            Nothing else works until it is replaced.
          </p>
        </>
      )}
      <input type="hidden" autoComplete="username" value={me.name} readOnly />
      <Secret
        id="current"
        label="Present password"
        complete="current-password"
        value={current}
        set={setCurrent}
      />
      <Secret
        id="wanted"
        label="New password"
        complete="new-password"
        value={wanted}
        set={setWanted}
        note={`At least ${shortest} characters; a few words are good.`}
      />
      <Secret id="again" label="New password, again" complete="new-password" value={again} set={setAgain} />
      {differ && (
        <p className="tone-bad small" role="alert">
          The two new passwords differ.
        </p>
      )}
      {error !== undefined && <ActError error={error} />}
      <div className="row">
        <button type="submit" className="button primary" disabled={busy}>
          Change password
        </button>
      </div>
    </form>
  );
}

interface SecretProps {
  id: string;
  label: string;
  complete: string;
  value: string;
  set: (value: string) => void;
  note?: string;
}

function Secret({ id, label, complete, value, set, note }: SecretProps) {
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <span className="input">
        <input
          id={id}
          type="password"
          autoComplete={complete}
          required
          minLength={complete === 'new-password' ? shortest : undefined}
          aria-describedby={note === undefined ? undefined : `${id}-note`}
          value={value}
          onChange={(event) => set(event.target.value)}
        />
      </span>
      {note !== undefined && (
        <span id={`${id}-note`} className="small faint">
          {note}
        </span>
      )}
    </div>
  );
}

/** Stands in place of every page while the password is due. */
export function PasswordDoor({ me }: { me: Me }) {
  return (
    <main className="door">
      <div style={{ width: 'min(380px, 100%)' }}>
        <PasswordForm me={me} due />
      </div>
    </main>
  );
}
