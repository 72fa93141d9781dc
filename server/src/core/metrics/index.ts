export { createMetrics, type FamilyCount, type Metrics } from './metrics.ts';
