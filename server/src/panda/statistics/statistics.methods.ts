import type { Core } from '../../core/core.ts';
import { optional, type Parameters } from '../front/arguments.ts';
import type { LegacyMethod, V1Answer, V1Method } from '../front/method.ts';
import { refused, succeeded } from '../front/method.ts';
import {
  activeByQueue,
  activeInDetail,
  byCloud,
  byLabel,
  byResourceType,
  longestWindow,
  usualWindow,
} from './statistics.ts';

const wrongWindow = 'Parameter "time_window" needs to be a positive integer smaller than 10080 min (7 days)';

type Values = Readonly<Record<string, unknown>>;
type Work = (core: Core, values: Values) => Promise<V1Answer>;

function method(name: string, parameters: Parameters, work: Work): V1Method {
  return {
    module: 'statistics',
    name,
    verb: 'GET',
    role: 'public',
    parameters,
    run: (core, _caller, values) => work(core, values),
  };
}

/** Minutes; null when they are no window. */
function windowOf(minutes: unknown): number | null {
  if (minutes === null || minutes === undefined) return usualWindow;
  return typeof minutes === 'number' && minutes >= 0 && minutes <= longestWindow ? minutes : null;
}

async function within(
  values: Values,
  count: (minutes: number) => Promise<Record<string, unknown>>,
): Promise<V1Answer> {
  const minutes = windowOf(values.time_window);
  return minutes === null ? refused(wrongWindow, {}) : succeeded(await count(minutes));
}

/** `/api/v1/statistics/`: numbers of jobs from counters, never by counting jobs. */
export const statisticsV1: readonly V1Method[] = [
  method('job_stats_by_cloud', { type: optional('str', 'production') }, async (core, { type }) => {
    if (type !== 'production' && type !== 'analysis') {
      return refused('Parameter "type" needs to be either "production" or "analysis"', {});
    }
    return succeeded(await byCloud(core, type));
  }),
  method('production_job_stats_by_cloud_and_processing_type', {}, async (core) => {
    const clouds = Object.entries(await byCloud(core, 'production'));
    // Processing types are not counted: one group holds them all, and says so.
    const data = Object.fromEntries(clouds.map(([cloud, states]) => [cloud, { all: states }]));
    return succeeded(data, 'jobs are not counted by processing type: they stand under "all"');
  }),
  method('active_job_stats_by_site', {}, async (core) => succeeded(await activeByQueue(core))),
  method('active_job_detailed_stats_by_site', {}, async (core) => succeeded(await activeInDetail(core))),
  method('job_stats_by_site_and_resource_type', { time_window: optional('int') }, (core, values) =>
    within(values, (minutes) => byResourceType(core, minutes)),
  ),
  method('job_stats_by_site_share_and_resource_type', { time_window: optional('int') }, (core, values) =>
    within(values, (minutes) => byLabel(core, minutes)),
  ),
];

export const statisticsLegacy: readonly LegacyMethod[] = [
  {
    name: 'getJobStatisticsPerSite',
    run: async (core) => ({ as: 'pickle', value: await activeByQueue(core) }),
  },
  {
    name: 'get_job_statistics_per_site_label_resource',
    async run(core, _caller, fields) {
      const given = fields.filled('time_window');
      const minutes = windowOf(given === undefined ? undefined : (fields.integer('time_window') ?? 'none'));
      return { as: 'json', value: minutes === null ? {} : await byLabel(core, minutes) };
    },
  },
];
