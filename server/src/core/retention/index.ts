export { applyRetention, type Kept, type RetentionOptions } from './retention.ts';
