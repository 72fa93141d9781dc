import type { PandaRetryRule } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Href } from '../shared/link.tsx';
import { Ago } from '../shared/time.tsx';
import { daysText } from './retry-columns.tsx';
import { decisionsQuery } from './retry-queries.ts';

/** What a rule did last, twenty jobs at a time. */
export function MetJobs({ rule }: { rule: PandaRetryRule }) {
  const [cursor, setCursor] = useState<string | undefined>();
  const { data } = useQuery(decisionsQuery(rule.id, cursor));
  if (data === undefined || (data.rows.length === 0 && cursor === undefined)) return null;
  return (
    <details>
      <summary className="fold">
        What it did <span className="quiet">{daysText(rule)}</span>
      </summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, by keys too */}
      <div className="scroll-x" tabIndex={0}>
        <table className="table no-lines" aria-label="What the rule did, last first">
          <tbody>
            {data.rows.map((row) => (
              <tr key={`${row.at} ${row.job}`}>
                <th scope="row">
                  <Href to={`/ui/work/jobs/${row.job}?tab=errors`} className="mono">
                    {row.job}
                  </Href>
                </th>
                <td className="quiet nowrap">
                  <Ago at={row.at} />
                </td>
                <td className="nowrap">{row.active ? 'acted' : 'written down'}</td>
                <td className="fill">{row.effect}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className="row">
        {cursor !== undefined && (
          <button type="button" className="button small" onClick={() => setCursor(undefined)}>
            Latest
          </button>
        )}
        {data.older !== null && (
          <button type="button" className="button small" onClick={() => setCursor(data.older ?? undefined)}>
            Earlier
          </button>
        )}
      </div>
    </details>
  );
}
