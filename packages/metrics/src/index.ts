export { faultsOf } from './conventions.js';
export { diskMetrics } from './disk-metrics.js';
export { Exposition } from './exposition.js';
export type { LatencySample, Metric, Sample } from './metric.js';
export { metricsTable } from './reference.js';
export { listenForStatus, type StatusListeners } from './status-listeners.js';
