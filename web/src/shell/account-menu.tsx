import { useMantineColorScheme } from '@mantine/core';
import type { Me } from '@orrery/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { call } from '../shared/api.ts';
import { MenuButton } from '../shared/menu-button.tsx';
import { type Scheme, scheme } from '../shared/scheme.ts';

const schemes: Array<{ id: Scheme; label: string }> = [
  { id: 'auto', label: 'Light or dark as the system' },
  { id: 'light', label: 'Light' },
  { id: 'dark', label: 'Dark' },
];

/** Account, colour scheme, keys, admin (on a telephone), signing out. */
export function AccountMenu({ me, onKeys }: { me: Me; onKeys: () => void }) {
  const { setColorScheme } = useMantineColorScheme();
  const chosen = scheme.use();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const signOut = async () => {
    await call('DELETE', '/api/core/session');
    queryClient.clear();
    await navigate({ to: '/sign-in' });
  };
  if (me.anonymous) return <Link to="/sign-in">Sign in</Link>;
  return (
    <MenuButton
      label={me.name}
      name={`Account ${me.name}`}
      className="account-button"
      acts={[
        { label: 'Account', note: me.displayName, run: () => void navigate({ to: '/account' }) },
        { label: 'Admin', run: () => void navigate({ to: '/admin/capacity' }) },
        { label: 'Keys', note: '?', run: onKeys },
        ...schemes.map((each) => ({
          label: each.label,
          checked: each.id === chosen,
          run: () => setColorScheme(each.id),
        })),
        { label: 'Sign out', run: () => void signOut() },
      ]}
    />
  );
}
