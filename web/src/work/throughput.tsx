import { useQuery } from '@tanstack/react-query';
import { ErrorPanel } from '../shared/blanks.tsx';
import { TimeChart } from '../shared/time-chart.tsx';
import { throughputQuery } from './queries.ts';

const minutes = 60;
const minuteMs = 60_000;

/** Jobs that started and ended in each of the last 60 minutes; over everything, or one queue. */
export function ThroughputChart({ queue }: { queue?: string }) {
  const { data, error, refetch } = useQuery(throughputQuery(minutes, queue));
  if (error !== null && data === undefined)
    return <ErrorPanel what="The throughput could not be read" error={error} retry={() => void refetch()} />;
  if (data === undefined) return <div className="time-chart-blank" />;
  const from = Date.parse(data.from);
  return (
    <TimeChart
      label="Jobs started and ended per minute"
      at={data.started.map((_, index) => new Date(from + index * minuteMs).toISOString())}
      per="per minute"
      series={[
        { face: 'active', word: 'started', values: data.started },
        { face: 'good', word: 'finished', values: data.finished },
        { face: 'bad', word: 'failed', values: data.failed },
        { face: 'stopped', word: 'stopped', values: data.stopped },
      ]}
    />
  );
}
