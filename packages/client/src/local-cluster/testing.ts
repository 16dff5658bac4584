/* What programs that use the SDK test themselves against: a cluster of real processes. */

export type { ClusterInfo, ProcessInfo, ProcessState } from './inspect.js';
export { startLocalCluster, type TestCluster, type TestClusterOptions } from './test-cluster.js';
