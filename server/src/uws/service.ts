import { type Batch, createBatch } from '../core/batch/index.ts';
import { settingsOf } from '../core/config/index.ts';
import type { Core } from '../core/core.ts';
import { Catalog } from './definitions/definitions.ts';
import { insertJobs, type NewJob } from './jobs/jobs.store.ts';
import { type UwsSettings, uwsSettings } from './settings.ts';

/** What the features of this service share in one process. */
export interface Service {
  readonly core: Core;
  readonly settings: UwsSettings;
  readonly catalog: Catalog;
  /** Makes a PENDING job together with others that arrive at the same moment; resolves after the commit. */
  readonly createPending: Batch<NewJob, null>;
}

const services = new WeakMap<Core, Service>();

/** The one of this process; made at first use. */
export function serviceOf(core: Core): Service {
  const known = services.get(core);
  if (known !== undefined) return known;
  const made: Service = {
    core,
    settings: settingsOf(core.config, 'uws', uwsSettings),
    catalog: new Catalog(core),
    createPending: createBatch<NewJob, null>({
      async run(jobs) {
        await insertJobs(core.db.sql, jobs);
        core.events.committed();
        return jobs.map(() => null);
      },
    }),
  };
  services.set(core, made);
  return made;
}
