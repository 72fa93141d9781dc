export type { JobOwner, NewFile, NewJob } from './job.ts';
export { findJobStory, type JobStory } from './job-story.ts';
export { readJob } from './read-job.ts';
export { addJobs, type PreparedJob, prepareJobs, submitJobs } from './submit.ts';
