export { createThreads, type Threads, type ThreadsOptions, type ThreadTask } from './threads.ts';
