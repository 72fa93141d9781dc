import { controlLegacy, controlV1 } from './control/control.methods.ts';
import type { LegacyMethod, V1Method } from './front/method.ts';
import { reportLegacy, reportV1 } from './report/report.methods.ts';
import { systemLegacy, systemV1 } from './system/system.methods.ts';

/** Every method of `/server/panda/`, by feature. */
export const legacyMethods: readonly LegacyMethod[] = [...systemLegacy, ...reportLegacy, ...controlLegacy];

/** Every method of `/api/v1/`, by feature. */
export const v1Methods: readonly V1Method[] = [...systemV1, ...reportV1, ...controlV1];
