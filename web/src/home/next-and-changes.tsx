import type { AuditRow, ScheduleRow } from '@orrery/contracts';
import { Link } from '@tanstack/react-router';
import { Empty } from '../shared/blanks.tsx';
import { actionWords, milliseconds, rhythm } from '../shared/format.ts';
import { Glyph } from '../shared/glyphs.tsx';
import { Time } from '../shared/time.tsx';

/** What the clock does next. */
export function NextPanel({ rows }: { rows: ScheduleRow[] }) {
  return (
    <section>
      <div className="section-head">
        <h2>Next</h2>
        <Link to="/admin/schedule" className="small">
          Schedule
        </Link>
      </div>
      <div className="panel scroll-x">
        {rows.length === 0 ? (
          <Empty title="Nothing is scheduled" />
        ) : (
          <table className="table no-lines">
            <tbody>
              {rows.map((row) => (
                <tr key={row.name}>
                  <td className="mono">{row.nextDue === null ? 'paused' : <Time at={row.nextDue} />}</td>
                  <td className="fill">{row.name}</td>
                  <td className="small quiet">{rhythm(row.period)}</td>
                  <td className="num small quiet">
                    {row.lastDurationMs !== null && `took ${milliseconds(row.lastDurationMs)}`}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
    </section>
  );
}

/** What people and rules changed last. */
export function ChangesPanel({ rows }: { rows: AuditRow[] }) {
  return (
    <section>
      <div className="section-head">
        <h2>Last changes</h2>
        <Link to="/admin/audit" className="small">
          Audit
        </Link>
      </div>
      <div className="panel scroll-x">
        {rows.length === 0 ? (
          <Empty title="Nobody has changed anything yet">What people and rules change stands here.</Empty>
        ) : (
          <table className="table no-lines">
            <tbody>
              {rows.map((row) => (
                <tr key={row.id}>
                  <td className="mono">
                    <Time at={row.at} seconds={false} />
                  </td>
                  <td className="quiet">{row.actor}</td>
                  <td className="fill">
                    {actionWords(row.action)} <span className="quiet">{row.objectKind}</span>{' '}
                    <span className="mono">{row.objectId}</span>
                  </td>
                  <td className="num small quiet change-note">{noteOf(row)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
    </section>
  );
}

/** The reason a person gave, if any: the one detail that helps at a glance. */
function noteOf(row: AuditRow) {
  const reason = row.details.reason ?? row.details.why;
  if (typeof reason === 'string') return `“${reason}”`;
  if (row.details.refused === true) return <Glyph face="stopped" />;
  return null;
}
