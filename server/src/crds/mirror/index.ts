export { fetchFile } from './fetch-file.ts';
export { fetchReferencesTask } from './fetch-references.task.ts';
export { askNow, listFailures, type MirrorFailure, type MirrorState, mirrorStateOf } from './mirror.store.ts';
export { type MirrorOverview, mirrorOverviewOf } from './overview.ts';
export { refreshMirrorsSchedule } from './refresh.schedule.ts';
export { refreshMirrorTask } from './refresh.task.ts';
export { mirrorBackup } from './tables.ts';
