import { type Batch, createBatch } from '../core/batch/index.ts';
import { settingsOf } from '../core/config/index.ts';
import type { Core } from '../core/core.ts';
import { listUsage } from './definitions/definitions.store.ts';
import { Catalog } from './definitions/definitions.ts';
import type { Job } from './jobs/job.ts';
import { findJobs, type NewJob } from './jobs/jobs.store.ts';
import { insertWithinLimit } from './jobs/limits.ts';
import { addOwners } from './jobs/usage.store.ts';
import { type UwsSettings, uwsSettings } from './settings.ts';

/** What the features of this service share in one process. */
export interface Service {
  readonly core: Core;
  readonly settings: UwsSettings;
  readonly catalog: Catalog;
  /** Runs and median time of each definition in the last 30 days, at most a minute old. */
  usage(): Promise<Usage>;
  /** Makes a PENDING job together with others that arrive at the same moment; resolves after the commit. */
  readonly createPending: Batch<NewJob, null>;
  /** Reads a job together with others: one event may wake a thousand requests at the same moment. */
  readonly readTogether: Batch<string, Job | null>;
}

export type Usage = Awaited<ReturnType<typeof listUsage>>;

const usageDays = 30;
const usageFreshMs = 60_000;

function rememberUsage(core: Core): () => Promise<Usage> {
  let readAtMs = Number.NEGATIVE_INFINITY;
  let reading: Promise<Usage> | undefined;
  return () => {
    if (reading !== undefined && performance.now() - readAtMs < usageFreshMs) return reading;
    readAtMs = performance.now();
    const made = listUsage(core.db.sql, new Date(core.clock.now().getTime() - usageDays * 86_400_000));
    // A failed reading is not remembered.
    made.catch(() => {
      reading = undefined;
    });
    reading = made;
    return made;
  };
}

const services = new WeakMap<Core, Service>();

/** The one of this process; made at first use. */
export function serviceOf(core: Core): Service {
  const known = services.get(core);
  if (known !== undefined) return known;
  const settings = settingsOf(core.config, 'uws', uwsSettings);
  const made: Service = {
    core,
    settings,
    catalog: new Catalog(core),
    usage: rememberUsage(core),
    createPending: createBatch<NewJob, null>({
      async run(jobs) {
        await addOwners(core.db.sql, jobs);
        const answers = await insertWithinLimit({ settings }, core.db.sql, jobs);
        core.events.committed();
        return answers;
      },
    }),
    readTogether: createBatch<string, Job | null>({
      maxItems: 500,
      // What arrives while two statements are under way waits for the next one; a lone request does not wait.
      maxDelayMs: 0,
      maxWaiting: 50_000,
      async run(jobIds) {
        const jobs = await findJobs(core.db.sql, [...new Set(jobIds)]);
        return jobIds.map((jobId) => jobs.get(jobId) ?? null);
      },
    }),
  };
  services.set(core, made);
  return made;
}
