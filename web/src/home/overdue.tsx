import type { OverdueObject } from '@orrery/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { call } from '../shared/api.ts';
import { ActButton } from '../shared/confirm-act.tsx';
import { count, duration, stamp } from '../shared/format.ts';
import { Glyph } from '../shared/glyphs.tsx';
import { Href } from '../shared/link.tsx';
import { useNarrow } from '../shared/media.ts';
import { useNow } from '../shared/now.ts';

/** What needs a person, longest overdue first, each with the one button that mends it. */
export function OverduePanel({ rows, total, at }: { rows: OverdueObject[]; total: number; at: string }) {
  const narrow = useNarrow();
  const now = useNow();
  const sorted = [...rows].sort((a, b) => b.overdueSeconds - a.overdueSeconds);
  // The board is some seconds old; time goes on.
  const late = (row: OverdueObject) => row.overdueSeconds + Math.max(0, (now - Date.parse(at)) / 1000);
  const more = total - rows.length;
  return (
    <section className="panel" aria-label="Overdue">
      {narrow ? (
        sorted.map((row) => <Card key={keyOf(row)} row={row} late={late(row)} />)
      ) : (
        <table className="table tall">
          <thead>
            <tr>
              <th scope="col">
                <span style={{ paddingLeft: 22 }}>What</span>
              </th>
              <th scope="col">
                <span className="only-read">Name</span>
              </th>
              <th scope="col">Why, and since when</th>
              <th scope="col" className="num">
                Overdue by
              </th>
              <th scope="col">Next step owned by</th>
              <th scope="col">
                <span className="only-read">Act</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {sorted.map((row) => (
              <tr key={keyOf(row)}>
                <td>
                  <span className="state quiet">
                    <Glyph face="overdue" /> {row.kind}
                  </span>
                </td>
                <td style={{ minWidth: 170 }}>
                  <Name row={row} />
                </td>
                <td
                  className="fill"
                  title={`since ${stamp(row.since)} UTC, deadline ${stamp(row.deadline)} UTC`}
                >
                  {row.why}
                </td>
                <td className="num tone-bad">
                  <b>{duration(late(row))}</b>
                </td>
                <td className="quiet" title={row.nextStep}>
                  {row.owner}
                </td>
                <td className="num">
                  <Mend row={row} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {more > 0 && (
        <p className="panel-pad small quiet">{count(more)} more are overdue; these are the longest.</p>
      )}
    </section>
  );
}

const keyOf = (row: OverdueObject) => `${row.service}/${row.kind}/${row.id}`;

function Name({ row }: { row: OverdueObject }) {
  return (
    <>
      <Href to={row.href} className="mono">
        {row.id}
      </Href>
      {row.name !== row.id && row.name !== '' && <span className="sub">{row.name}</span>}
    </>
  );
}

function Card({ row, late }: { row: OverdueObject; late: number }) {
  return (
    <article className="overdue-card">
      <div className="row">
        <Glyph face="overdue" size={15} />
        <span className="quiet">{row.kind}</span>
        <Href to={row.href} className="mono">
          {row.id}
        </Href>
        <b className="tone-bad" style={{ marginLeft: 'auto' }}>
          {duration(late)}
        </b>
      </div>
      <div className="body quiet">
        <p>{row.why}</p>
        <div className="row">
          <Mend row={row} />
          <Href to={`${row.href}#why`} className="button bare">
            Why?
          </Href>
        </div>
      </div>
    </article>
  );
}

function Mend({ row }: { row: OverdueObject }) {
  const queryClient = useQueryClient();
  const { act } = row;
  if (act === undefined) {
    return (
      <Href to={row.href} className="button small">
        Open
      </Href>
    );
  }
  const run = async () => {
    await call('POST', act.href);
    await queryClient.invalidateQueries({ queryKey: ['core', 'board'] });
  };
  return <ActButton label={act.label} kind="small" run={run} />;
}
