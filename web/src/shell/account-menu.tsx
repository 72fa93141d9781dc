import { Menu, useMantineColorScheme } from '@mantine/core';
import type { Me } from '@orrery/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { call } from '../shared/api.ts';
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
    <Menu
      position="bottom-end"
      width={230}
      classNames={{ dropdown: 'menu' }}
      transitionProps={{ duration: 0 }}
    >
      <Menu.Target>
        <button type="button" className="account-button" aria-label={`Account ${me.name}`}>
          {me.name}
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{me.displayName}</Menu.Label>
        <Menu.Item component={Link} {...{ to: '/account' }}>
          Account
        </Menu.Item>
        <Menu.Item component={Link} {...{ to: '/admin/capacity' }}>
          Admin
        </Menu.Item>
        <Menu.Item onClick={onKeys} rightSection={<kbd>?</kbd>}>
          Keys
        </Menu.Item>
        <Menu.Divider />
        {schemes.map((each) => (
          <Menu.Item
            key={each.id}
            role="menuitemradio"
            aria-checked={each.id === chosen}
            onClick={() => setColorScheme(each.id)}
            rightSection={each.id === chosen ? '✓' : undefined}
          >
            {each.label}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item onClick={() => void signOut()}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
