import type { PilotOptions } from './options.ts';
import type { PilotLog } from './pilot-log.ts';
import type { PandaServer } from './server.ts';

/** What everything in one pilot needs. */
export interface Worker {
  readonly options: PilotOptions;
  readonly server: PandaServer;
  readonly log: PilotLog;
  /** Its own folder below `options.work`. */
  readonly own: string;
}

/** As pilots sign their reports: who started them, how they came, their version. */
export const pilotVersion = '1.0.0';
export const pilotId = `unknown|PR|orrery-${pilotVersion}`;
