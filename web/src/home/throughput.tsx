import type { Board } from '@orrery/contracts';
import { Empty } from '../shared/blanks.tsx';
import { count, duration, exact, percent } from '../shared/format.ts';
import { Href } from '../shared/link.tsx';
import { useMedia } from '../shared/media.ts';
import { Spark } from '../shared/spark.tsx';

type Row = Board['throughput'][number];

/** Lists behind the figures, for services whose pages exist. */
const lists: Record<string, (phases: string[]) => string> = {
  panda: (states) =>
    `/ui/work/jobs?${new URLSearchParams({ q: states.map((state) => `status:${state}`).join(' ') })}`,
  uws: (phases) =>
    `/ui/services/jobs?${new URLSearchParams({ q: phases.map((phase) => `phase:${phase}`).join(' ') })}`,
};
const words: Record<string, { done: string[]; failed: string[]; waiting: string[] }> = {
  panda: { done: ['finished'], failed: ['failed'], waiting: ['activated'] },
  uws: { done: ['COMPLETED'], failed: ['ERROR'], waiting: ['QUEUED'] },
};

/** Is work flowing? One line per service for the last hour. */
export function ThroughputPanel({ rows }: { rows: Row[] }) {
  const wide = useMedia('(min-width: 560px)');
  return (
    <section>
      <div className="section-head">
        <h2>Throughput</h2>
        <span className="small quiet note">last hour; a number opens its list</span>
      </div>
      <div className="panel scroll-x">
        {rows.length === 0 ? (
          <Empty title="No service runs here">Start the server with a service, for example --with uws.</Empty>
        ) : (
          <table className="table medium">
            <thead>
              <tr>
                <th scope="col">Last hour</th>
                <th scope="col">
                  <span className="only-read">What</span>
                </th>
                <th scope="col" className="num">
                  done
                </th>
                <th scope="col" className="num">
                  failed
                </th>
                <th scope="col" className="num">
                  waiting
                </th>
                <th scope="col" className="num">
                  oldest
                </th>
                {wide && <th scope="col">24 h</th>}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <Line key={`${row.service} ${row.label}`} row={row} wide={wide} />
              ))}
            </tbody>
          </table>
        )}
      </div>
    </section>
  );
}

function Line({ row, wide }: { row: Row; wide: boolean }) {
  const list = lists[row.service];
  const word = words[row.service];
  const link = (phases: string[] | undefined, text: string) =>
    list === undefined || phases === undefined ? (
      text
    ) : (
      <Href to={list(phases)} className="plain">
        {text}
      </Href>
    );
  const ended = row.done + row.failed;
  return (
    <tr>
      <th scope="row" className="strong">
        {row.title}
      </th>
      <td className="quiet fill">{row.label}</td>
      <td className="num">{link(word?.done, count(row.done))}</td>
      <td className="num" title={`${exact(row.failed)} of ${exact(ended)}`}>
        {ended === 0 ? '–' : link(word?.failed, percent(row.failed / ended))}
      </td>
      <td className="num">{link(word?.waiting, count(row.waiting))}</td>
      <td className="num">{row.oldestWaitingSeconds === null ? '–' : duration(row.oldestWaitingSeconds)}</td>
      {wide && (
        <td style={{ width: 152 }}>
          <Spark values={row.spark} label={sparkText(row)} />
        </td>
      )}
    </tr>
  );
}

function sparkText(row: Row): string {
  const most = Math.max(0, ...row.spark);
  return `${row.label} per hour over 24 h, at most ${count(most)}, last ${count(row.spark.at(-1) ?? 0)}`;
}
