export { findJobStory, type JobStory } from './job-story.ts';
export { readJob } from './read-job.ts';
export { submitJobs } from './submit.ts';
