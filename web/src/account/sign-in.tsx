import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { call } from '../shared/api.ts';
import { ActError } from '../shared/confirm-act.tsx';
import { Mark } from '../shared/glyphs.tsx';
import { Href } from '../shared/link.tsx';
import { meQuery, useMe } from '../shared/me.ts';
import { usePlace } from '../shared/page.ts';
import { type Area, areasFor } from '../shell/areas.ts';

/** Name and password; goes on to where one wanted to be. */
export function SignIn() {
  usePlace([{ label: 'Sign in' }]);
  const { next } = useSearch({ strict: false });
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const signIn = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await call('POST', '/api/core/session', { body: { name, password } });
      await queryClient.fetchQuery({ ...meQuery, staleTime: 0 });
      const to = typeof next === 'string' && next.startsWith('/') && !next.startsWith('//') ? next : '/';
      await navigate({ to });
    } catch (caught) {
      setError(caught);
      setBusy(false);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void signIn();
  };
  return (
    <main className="door">
      <form className="panel stack" onSubmit={submit}>
        <div className="row">
          <Mark size={26} />
          <h1>Sign in to Orrery</h1>
        </div>
        <div className="field">
          <label htmlFor="name">Account</label>
          <span className="input">
            <input
              id="name"
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              required
              // biome-ignore lint/a11y/noAutofocus: the only thing one can do here
              autoFocus
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          </span>
        </div>
        <div className="field">
          <label htmlFor="password">Password</label>
          <span className="input">
            <input
              id="password"
              type="password"
              autoComplete="current-password"
              required
              value={password}
              onChange={(event) => setPassword(event.target.value)}
            />
          </span>
        </div>
        {error !== undefined && <ActError error={error} />}
        <button type="submit" className="button primary" disabled={busy}>
          Sign in
        </button>
        <p className="small faint">
          The first administrator is <span className="mono">admin</span>; its password was printed at the
          first start and stands in <span className="mono">admin-password</span> in the data folder.
        </p>
        <OpenToEverybody />
      </form>
    </main>
  );
}

/** Areas that may be read without an account. */
function OpenToEverybody() {
  const me = useMe();
  if (me?.anonymous !== true) return null;
  return areasFor(me, '/').map((area) => <OpenArea key={area.id} area={area} />);
}

function OpenArea({ area: { label, to, door } }: { area: Area }) {
  const query = door?.query ?? { queryKey: ['no door'], queryFn: async () => false, staleTime: 60_000 };
  const { data: hasAny } = useQuery({ ...query, enabled: door !== undefined });
  if (door === undefined || hasAny !== true) return null;
  return (
    <p className="small">
      <Href to={`/ui${to}`}>{label}</Href> {door.says}
    </p>
  );
}
