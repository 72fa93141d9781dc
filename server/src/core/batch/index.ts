export { type Batch, type BatchOptions, createBatch } from './batch.ts';
