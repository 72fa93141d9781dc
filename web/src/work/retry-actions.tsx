import type { PandaRetryActionRow } from '@orrery/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../shared/api.ts';
import { ConfirmAct } from '../shared/confirm-act.tsx';
import { State } from '../shared/state-badge.tsx';
import { api } from './queries.ts';
import { actionNames } from './retry-words.ts';

/** Every action there is, and whether it is on: one that is off stops all its rules from acting. */
export function RetryActions({
  actions,
  mayChange,
}: {
  actions: readonly PandaRetryActionRow[];
  mayChange: boolean;
}) {
  const [asked, setAsked] = useState<PandaRetryActionRow | undefined>();
  const queryClient = useQueryClient();
  const off = actions.filter(({ active }) => !active);
  const run = async ({ action, active, version }: PandaRetryActionRow) => {
    const path = `${api}/retry-actions/${encodeURIComponent(action)}`;
    try {
      await call('PATCH', path, { body: { active: !active }, ifMatch: version });
    } finally {
      await queryClient.invalidateQueries({ queryKey: ['panda', 'retry-rules'] });
    }
  };
  return (
    <details className="panel rule-actions" open={off.length > 0}>
      <summary className="fold">
        Actions{' '}
        <span className="quiet">
          {off.length === 0 ? 'all are on' : `${off.map(({ action }) => action).join(', ')} off`}
        </span>
      </summary>
      <table className="table loose">
        <tbody>
          {actions.map((row) => (
            <tr key={row.action}>
              <td>
                <State family="retryRule" word={row.active ? 'on' : 'off'} />
              </td>
              <th scope="row">
                {actionNames[row.action]} <span className="mono quiet">{row.action}</span>
              </th>
              <td className="fill quiet">{row.description}</td>
              {mayChange && (
                <td className="num">
                  <button
                    type="button"
                    className="button small"
                    aria-label={`Switch ${row.action} ${row.active ? 'off' : 'on'} …`}
                    onClick={() => setAsked(row)}
                  >
                    Switch {row.active ? 'off' : 'on'} …
                  </button>
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {asked !== undefined && (
        <ConfirmAct
          title={`Switch ${asked.action} ${asked.active ? 'off' : 'on'}?`}
          lines={
            asked.active
              ? ['None of its rules acts any more.', 'What they would have done is written down.']
              : ['Its rules that are on act again, from the next job that fails on.']
          }
          verb={`Switch ${asked.active ? 'off' : 'on'}`}
          run={() => run(asked)}
          onClose={() => setAsked(undefined)}
        />
      )}
    </details>
  );
}
