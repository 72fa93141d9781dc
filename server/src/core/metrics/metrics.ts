import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Requests of one family since the last time they were taken. */
export interface FamilyCount {
  family: string;
  count: number;
  totalMs: number;
}

export interface Metrics {
  readonly registry: Registry;
  /** Counts one answered request; `ms` without the time it waited for something to happen. */
  observeRequest(family: string, ms: number, status: number): void;
  /** Counts one attempt of a background task. */
  taskEnded(kind: string, outcome: string, seconds: number): void;
  /** Takes what was counted since the last call. */
  takeFamilies(): FamilyCount[];
  /** 99th percentile of the event loop's delay since the last call, milliseconds. */
  takeLoopDelayP99Ms(): number;
  /** A gauge read at scrape time. */
  gauge(name: string, help: string, read: () => number): void;
  counter(name: string, help: string, labels?: readonly string[]): Counter;
  stop(): void;
}

/** The figures of one process: for Prometheus, and for the capacity page. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const families = new Map<string, { count: number; totalMs: number }>();
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const seconds = new Histogram({
    name: 'orrery_request_seconds',
    help: 'Time to answer, without waits, by family of calls and status class.',
    labelNames: ['family', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  });
  const taskSeconds = new Histogram({
    name: 'orrery_task_seconds',
    help: 'Duration of attempts of background tasks, by kind and outcome.',
    labelNames: ['kind', 'outcome'],
    buckets: [0.01, 0.1, 1, 10, 60, 600],
    registers: [registry],
  });
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
  gauge(
    'orrery_event_loop_delay_seconds',
    'Mean delay of the event loop.',
    () => Math.max(0, delay.mean / 1e9 - 0.01) || 0,
  );
  gauge('orrery_resident_bytes', 'Resident memory of the process.', () => process.memoryUsage.rss());
  return {
    registry,
    observeRequest(family, ms, status) {
      const entry = families.get(family) ?? { count: 0, totalMs: 0 };
      entry.count += 1;
      entry.totalMs += ms;
      families.set(family, entry);
      seconds.observe({ family, status: `${Math.floor(status / 100)}xx` }, ms / 1000);
    },
    taskEnded: (kind, outcome, taken) => taskSeconds.observe({ kind, outcome }, taken),
    takeFamilies() {
      const taken = [...families].map(([family, { count, totalMs }]) => ({ family, count, totalMs }));
      families.clear();
      return taken;
    },
    takeLoopDelayP99Ms() {
      const p99 = Math.max(0, delay.percentile(99) / 1e6 - 10); // the resolution itself is no delay
      delay.reset();
      return Number.isFinite(p99) ? p99 : 0;
    },
    gauge,
    counter: (name, help, labels = []) =>
      new Counter({ name, help, labelNames: [...labels], registers: [registry] }),
    stop: () => delay.disable(),
  };
}
