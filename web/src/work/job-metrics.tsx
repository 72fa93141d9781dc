import type { PandaJob, PandaJobMetrics } from '@orrery/contracts';
import type { ReactNode } from 'react';
import { Empty } from '../shared/blanks.tsx';
import { bytes, count, duration, measure, percent } from '../shared/format.ts';
import { Ago } from '../shared/time.tsx';

const kb = (value: number | null): string | null => (value === null ? null : bytes(value * 1024));

/** Rows of figures: a name, what there is of it. */
type Line = [name: string, value: ReactNode, note?: ReactNode];

/** Memory against what was asked for: the figure that kills most jobs. */
function memoryLine({ maxRssKb, maxPssKb }: PandaJobMetrics, job: PandaJob): Line {
  const used = maxPssKb ?? maxRssKb;
  if (used === null || job.memoryMb === 0)
    return ['Asked for memory', job.memoryMb === 0 ? null : bytes(job.memoryMb * 1e6)];
  const share = (used * 1024) / (job.memoryMb * 1e6);
  return [
    'Of the memory asked for',
    <span key="of" className={share > 1 ? 'tone-bad' : ''}>
      <b className="strong">{percent(share)}</b> of {bytes(job.memoryMb * 1e6)}
    </span>,
  ];
}

function linesOf(metrics: PandaJobMetrics, job: PandaJob): Array<[string, Line[]]> {
  const { cpuSeconds, cpuEfficiency, meanCores, events, memoryLeak } = metrics;
  return [
    [
      'Work',
      [
        ['Heard of', metrics.heartbeatAt === null ? null : <Ago key="at" at={metrics.heartbeatAt} />],
        ['Reports', metrics.reports === null ? null : count(metrics.reports)],
        ['Processor time', cpuSeconds === null ? null : duration(cpuSeconds)],
        ['Efficiency', cpuEfficiency === null ? null : percent(cpuEfficiency)],
        ['Cores used', meanCores === null ? null : `${measure(meanCores)} of ${job.cores}`],
        ['Events', events === null ? null : count(events)],
      ],
    ],
    [
      'Memory',
      [
        ['Resident, most', kb(metrics.maxRssKb), kb(metrics.avgRssKb)],
        ['Proportional, most', kb(metrics.maxPssKb), kb(metrics.avgPssKb)],
        ['Virtual, most', kb(metrics.maxVmemKb), kb(metrics.avgVmemKb)],
        ['Swap, most', kb(metrics.maxSwapKb), kb(metrics.avgSwapKb)],
        memoryLine(metrics, job),
        [
          'Growth',
          memoryLeak === null || memoryLeak === 0 ? null : `${measure(memoryLeak, 'kB')} per second`,
        ],
      ],
    ],
    [
      'Input and output',
      [
        ['Read', kb(metrics.readBytesKb)],
        ['Written', kb(metrics.writtenBytesKb)],
      ],
    ],
  ];
}

/** The last figures the pilot sent. */
export function Metrics({ job }: { job: PandaJob }) {
  const { metrics } = job;
  const groups =
    metrics === null
      ? []
      : linesOf(metrics, job)
          .map(([name, lines]) => [name, lines.filter(([, value]) => value !== null)] as const)
          .filter(([, lines]) => lines.length > 0);
  if (groups.length === 0) {
    return (
      <div className="panel">
        <Empty title="No figures have come">
          {job.startedAt === null
            ? 'A pilot sends them while the job runs; none has it yet.'
            : 'The pilot has reported none.'}
        </Empty>
      </div>
    );
  }
  return (
    <div className="panel">
      <table className="table no-lines">
        {groups.map(([name, lines]) => (
          <tbody key={name}>
            <tr>
              <th scope="rowgroup" colSpan={3} className="group-head">
                {name}
              </th>
            </tr>
            {lines.map(([label, value, mean]) => (
              <tr key={label}>
                <th scope="row" className="quiet">
                  {label}
                </th>
                <td>{value}</td>
                <td className="fill faint">{mean != null && `mean ${mean}`}</td>
              </tr>
            ))}
          </tbody>
        ))}
      </table>
    </div>
  );
}
