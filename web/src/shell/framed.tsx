import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { PasswordDoor } from '../account/new-password.tsx';
import { ApiError } from '../shared/api.ts';
import { ErrorPanel } from '../shared/blanks.tsx';
import { meQuery } from '../shared/me.ts';
import { needsAccount } from './areas.ts';
import { usePath } from './path.ts';
import { Shell } from './shell.tsx';

/** Everything but the sign-in page: who looks decides whether it is the door, the password form or the shell. */
export function Framed() {
  const me = useQuery(meQuery);
  const path = usePath();
  const refused = me.error instanceof ApiError && me.error.status === 401;
  if (refused || (me.data?.anonymous === true && me.data.permissions.length === 0)) return <ToSignIn />;
  if (me.data === undefined) {
    return me.error === null ? null : (
      <main className="door">
        <ErrorPanel what="The server cannot be reached" error={me.error} retry={() => void me.refetch()} />
      </main>
    );
  }
  if (needsAccount(me.data, path)) return <ToSignIn />;
  return me.data.mustChangePassword ? <PasswordDoor me={me.data} /> : <Shell me={me.data} />;
}

/** Goes to the sign-in page once, and tells it where one wanted to be. */
function ToSignIn() {
  const navigate = useNavigate();
  useEffect(() => {
    const { pathname, search } = window.location;
    const next = `${pathname.replace(/^\/ui(?=\/|$)/, '')}${search}`;
    void navigate({
      to: '/sign-in',
      search: next === '' || next === '/' ? {} : { next },
      replace: true,
    });
  }, [navigate]);
  return null;
}
