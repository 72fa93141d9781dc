import type { PandaJob, PandaJobRetryDecisions } from '@orrery/contracts';
import { useQuery } from '@tanstack/react-query';
import { ErrorPanel } from '../shared/blanks.tsx';
import { Href } from '../shared/link.tsx';
import { useMe } from '../shared/me.ts';
import { State } from '../shared/state-badge.tsx';
import { Time } from '../shared/time.tsx';
import { jobDecisionsQuery } from './retry-queries.ts';

type Row = PandaJobRetryDecisions['rows'][number];

/** What the retry rules decided about the job, attempt by attempt. */
export function JobDecisions({ job }: { job: PandaJob }) {
  const { data, error, refetch } = useQuery(jobDecisionsQuery(job.id));
  if (data === undefined)
    return error === null ? null : (
      <ErrorPanel
        what="What the rules decided could not be read"
        error={error}
        retry={() => void refetch()}
      />
    );
  return (
    <section className="panel" aria-label="Retry rules">
      <div className="panel-head">
        <h2>Retry rules</h2>
        <span className="quiet small">
          {data.rows.length === 0
            ? job.status === 'failed'
              ? 'No rule is about an error of this job.'
              : 'No rule has met this job.'
            : ''}
        </span>
      </div>
      {data.rows.length > 0 && (
        <table className="table loose">
          <tbody>
            {data.rows.map((row) => (
              <Decision key={`${row.at} ${row.rule}`} row={row} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Decision({ row }: { row: Row }) {
  return (
    <tr className="tall-row">
      <td className="nowrap">
        <State family="retryRule" word={row.active ? 'on' : 'off'} />
      </td>
      <th scope="row" className="nowrap">
        <Href to={ruleHref(row)}>rule {row.rule}</Href>
        {row.removed && <span className="quiet"> (deleted since)</span>}
      </th>
      <td className="fill">
        {row.active ? row.effect : `${row.effect}, only written down`}
        <span className="quiet small">
          {' '}
          {row.error !== null && `${row.error.source} ${row.error.code}, `}attempt {row.attempt}
          {row.description !== '' && `: ${row.description}`}
        </span>
      </td>
      <td className="num nowrap quiet">
        <Time at={row.at} />
      </td>
    </tr>
  );
}

export function ruleHref({ rule }: Pick<Row, 'rule'>): string {
  return `/ui/work/retry-rules?rule=${rule}`;
}

/** The way to write a rule about an error, begun with its code and what was said; for those who may. */
export function MakeRule({ source, code, diag }: { source: string; code: number; diag: string }) {
  const me = useMe();
  if (!(me?.permissions ?? []).includes('panda.operate') || code === 0) return null;
  const search = new URLSearchParams({ rule: 'new', error: `${source}:${code}`, diag: diag.slice(0, 300) });
  return <Href to={`/ui/work/retry-rules?${search}`}>make a rule …</Href>;
}
