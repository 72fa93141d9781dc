import { scriptV1 } from './api/script.methods.ts';
import { cacheLegacy, cacheV1 } from './cache/cache.methods.ts';
import { controlLegacy, controlV1 } from './control/control.methods.ts';
import { credsLegacy, credsV1 } from './creds/creds.methods.ts';
import { describeLegacy, describeV1 } from './describe/describe.methods.ts';
import { dispatchLegacy, dispatchV1 } from './dispatch/dispatch.methods.ts';
import { eventsLegacy, eventsV1 } from './events/events.methods.ts';
import type { LegacyMethod, V1Method } from './front/method.ts';
import { harvesterV1 } from './harvester/harvester.methods.ts';
import { harvesterLegacy } from './harvester/harvester-legacy.methods.ts';
import { metaconfigLegacy, metaconfigV1 } from './metaconfig/metaconfig.methods.ts';
import { bulkLegacy, bulkV1 } from './report/bulk.methods.ts';
import { reportLegacy, reportV1 } from './report/report.methods.ts';
import { statusLegacy, statusV1 } from './report/status.methods.ts';
import { statisticsLegacy, statisticsV1 } from './statistics/statistics.methods.ts';
import { submitLegacy, submitV1 } from './submit/submit.methods.ts';
import { systemLegacy, systemV1 } from './system/system.methods.ts';
import { workersLegacy, workersV1 } from './workers/workers.methods.ts';

/** Every method of `/server/panda/`, by feature. */
export const legacyMethods: readonly LegacyMethod[] = [
  ...systemLegacy,
  ...cacheLegacy,
  ...credsLegacy,
  ...metaconfigLegacy,
  ...statisticsLegacy,
  ...workersLegacy,
  ...harvesterLegacy,
  ...eventsLegacy,
  ...dispatchLegacy,
  ...reportLegacy,
  ...bulkLegacy,
  ...statusLegacy,
  ...controlLegacy,
  ...describeLegacy,
  ...submitLegacy,
];

/** Every method of `/api/v1/`, by feature. */
export const v1Methods: readonly V1Method[] = [
  ...systemV1,
  ...cacheV1,
  ...credsV1,
  ...metaconfigV1,
  ...statisticsV1,
  ...workersV1,
  ...harvesterV1,
  ...eventsV1,
  ...dispatchV1,
  ...reportV1,
  ...bulkV1,
  ...statusV1,
  ...controlV1,
  ...describeV1,
  ...scriptV1,
  ...submitV1,
];
