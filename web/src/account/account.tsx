import { useMantineColorScheme } from '@mantine/core';
import type { SessionList, TokenCreated, TokenList } from '@orrery/contracts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call, get } from '../shared/api.ts';
import { Empty, ErrorPanel, SkeletonRows } from '../shared/blanks.tsx';
import { ActButton } from '../shared/confirm-act.tsx';
import { setSingleKeys, singleKeysOn } from '../shared/keys.ts';
import { useMe } from '../shared/me.ts';
import { usePlace } from '../shared/page.ts';
import { type Scheme, scheme } from '../shared/scheme.ts';
import { State } from '../shared/state-badge.tsx';
import { Ago, Time } from '../shared/time.tsx';
import { PasswordForm } from './new-password.tsx';

/** What belongs to the person: tokens, sessions, password, looks. */
export function AccountPage() {
  const me = useMe();
  usePlace([{ label: 'Account' }]);
  const [changing, setChanging] = useState(false);
  if (me === undefined) return null;
  const grants = me.grants.map(({ role, scope }) => (scope === null ? role : `${role}:${scope}`));
  return (
    <>
      <div>
        <h1>{me.displayName === '' ? me.name : me.displayName}</h1>
        <p className="small quiet">
          <span className="mono">{me.name}</span> · {grants.length === 0 ? 'no roles' : grants.join(', ')}
        </p>
      </div>
      <Tokens />
      <Sessions />
      <section>
        <div className="section-head">
          <h2>Password</h2>
        </div>
        {changing ? (
          <div style={{ maxWidth: 380 }}>
            <PasswordForm me={me} onDone={() => setChanging(false)} />
          </div>
        ) : (
          <button type="button" className="button" onClick={() => setChanging(true)}>
            Change password
          </button>
        )}
      </section>
      <Looks />
    </>
  );
}

const tokensKey = ['core', 'tokens'];

function Tokens() {
  const queryClient = useQueryClient();
  const [made, setMade] = useState<TokenCreated | undefined>();
  const [label, setLabel] = useState('');
  const [expires, setExpires] = useState('30d');
  const { data, error, refetch } = useQuery({
    queryKey: tokensKey,
    queryFn: ({ signal }) => get<TokenList>('/api/core/tokens', signal),
  });
  const refresh = () => queryClient.invalidateQueries({ queryKey: tokensKey });
  const make = async () => {
    setMade(
      await call<TokenCreated>('POST', '/api/core/tokens', {
        body: { expires, ...(label === '' ? {} : { label }) },
      }),
    );
    setLabel('');
    await refresh();
  };
  const revoke = async (id: string) => {
    await call('DELETE', `/api/core/tokens/${encodeURIComponent(id)}`);
    await refresh();
  };
  if (error !== null && data === undefined)
    return <ErrorPanel what="Your tokens could not be read" error={error} retry={() => void refetch()} />;
  return (
    <section>
      <div className="section-head">
        <h2>API tokens</h2>
        <span className="small quiet note">
          for programs, wherever they take a bearer token or a password
        </span>
      </div>
      <div className="panel">
        <div className="panel-head">
          <label className="input" style={{ minHeight: 28 }}>
            <span className="only-read">What the token is for</span>
            <input
              placeholder="what it is for"
              maxLength={100}
              value={label}
              onChange={(event) => setLabel(event.target.value)}
            />
          </label>
          <label className="input" style={{ minHeight: 28 }}>
            <span className="small faint">for</span>
            <select value={expires} onChange={(event) => setExpires(event.target.value)}>
              <option value="1d">1 day</option>
              <option value="30d">30 days</option>
              <option value="1y">1 year</option>
            </select>
          </label>
          <ActButton label="Make a token" kind="small" run={make} />
        </div>
        {made !== undefined && (
          <div className="panel-pad stack close" role="status">
            <p>
              This is the only time it is shown.{' '}
              <button
                type="button"
                className="link"
                onClick={() => void navigator.clipboard?.writeText(made.token)}
              >
                Copy
              </button>
            </p>
            <pre className="code">{made.token}</pre>
          </div>
        )}
        {data === undefined ? (
          <SkeletonRows rows={2} />
        ) : data.rows.length === 0 ? (
          <Empty title="No token yet" />
        ) : (
          <div className="scroll-x">
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">State</th>
                  <th scope="col">For</th>
                  <th scope="col">May</th>
                  <th scope="col">Last used</th>
                  <th scope="col">Expires</th>
                  <th scope="col">
                    <span className="only-read">Act</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {data.rows.map((row) => (
                  <tr key={row.id}>
                    <td>
                      <State family="grant" word={row.state} />
                    </td>
                    <td className="fill">{row.label}</td>
                    <td className="quiet small">
                      {row.grants === null ? 'everything the account may' : row.grants.join(', ')}
                    </td>
                    <td className="small">
                      {row.lastUsedAt === null ? (
                        <span className="faint">never</span>
                      ) : (
                        <Ago at={row.lastUsedAt} />
                      )}
                    </td>
                    <td className="small">
                      {row.expiresAt === null ? 'never' : <Time at={row.expiresAt} />}
                    </td>
                    <td className="num">
                      {row.state === 'good' && (
                        <ActButton label="Revoke" kind="small" run={() => revoke(row.id)} />
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </div>
    </section>
  );
}

function Sessions() {
  const queryClient = useQueryClient();
  const { data, error } = useQuery({
    queryKey: ['core', 'sessions'],
    queryFn: ({ signal }) => get<SessionList>('/api/core/sessions', signal),
  });
  if (error !== null) return <ErrorPanel what="Your sessions could not be read" error={error} />;
  if (data === undefined || data.rows.length === 0) return null;
  const end = async (id: string) => {
    await call('DELETE', `/api/core/sessions/${encodeURIComponent(id)}`);
    await queryClient.invalidateQueries({ queryKey: ['core', 'sessions'] });
  };
  return (
    <section>
      <div className="section-head">
        <h2>Where you are signed in</h2>
      </div>
      <div className="panel scroll-x">
        <table className="table no-lines">
          <tbody>
            {data.rows.map((row) => (
              <tr key={row.id}>
                <td className="fill">
                  {row.address} <span className="small faint">{row.userAgent}</span>
                </td>
                <td className="small">
                  seen <Ago at={row.seenAt} />
                </td>
                <td className="num">
                  {row.current ? (
                    <span className="small quiet">this one</span>
                  ) : (
                    <ActButton label="End" kind="small" run={() => end(row.id)} />
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Looks() {
  const { setColorScheme } = useMantineColorScheme();
  const chosen = scheme.use();
  const [keys, setKeys] = useState(singleKeysOn);
  const schemes: Array<[Scheme, string]> = [
    ['auto', 'As the system'],
    ['light', 'Light'],
    ['dark', 'Dark'],
  ];
  return (
    <section>
      <div className="section-head">
        <h2>This browser</h2>
      </div>
      <div className="stack close">
        <fieldset className="segments" aria-label="Colours" style={{ alignSelf: 'start' }}>
          {schemes.map(([id, label]) => (
            <button key={id} type="button" aria-pressed={id === chosen} onClick={() => setColorScheme(id)}>
              {label}
            </button>
          ))}
        </fieldset>
        <label className="row">
          <input
            type="checkbox"
            checked={keys}
            onChange={(event) => {
              setKeys(event.target.checked);
              setSingleKeys(event.target.checked);
            }}
          />
          Single keys act on pages; <kbd>?</kbd> shows them
        </label>
      </div>
    </section>
  );
}
