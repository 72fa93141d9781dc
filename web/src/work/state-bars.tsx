import { type PandaJobCounts, pandaJobStates } from '@orrery/contracts';
import { count } from '../shared/format.ts';
import { Href } from '../shared/link.tsx';
import { State } from '../shared/state-badge.tsx';
import { faceOf } from '../shared/states.ts';
import { jobsHref } from './filter.ts';

/** Jobs by state as bars of one scale; every number opens its list, which `terms` narrow. `none` is said of no job. */
export function StateBars({
  counts,
  terms = {},
  none = 'No job is live now.',
}: {
  counts: PandaJobCounts;
  terms?: { queue?: string; owner?: string };
  none?: string;
}) {
  const rows = pandaJobStates.flatMap((state) => {
    const n = counts[state] ?? 0;
    return n === 0 ? [] : [{ state, n }];
  });
  const most = Math.max(1, ...rows.map(({ n }) => n));
  if (rows.length === 0) return <p className="quiet">{none}</p>;
  return (
    <table className="state-bars">
      <caption className="only-read">Jobs by state</caption>
      <tbody>
        {rows.map(({ state, n }) => (
          <tr key={state}>
            <th scope="row">
              <State family="pandaJob" word={state} />
            </th>
            <td className="num">
              <Href to={jobsHref({ status: state, ...terms })} className="plain">
                <b className="strong">{count(n)}</b>
              </Href>
            </td>
            <td className="fill" aria-hidden="true">
              <span
                className={`state-bar face-${faceOf('pandaJob', state)}`}
                style={{ width: `${(100 * n) / most}%` }}
              />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
