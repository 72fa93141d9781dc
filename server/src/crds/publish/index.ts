export { startPublishing } from './follow.ts';
export { type Publication, publicationOf } from './publication.store.ts';
export { publishSchedule } from './publish.schedule.ts';
export { publishSoon, publishTask } from './publish.task.ts';
export { type Published, publishObservatory } from './publish.ts';
