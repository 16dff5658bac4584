/* Clusters of real processes on this machine, which outlive the process that starts them: what `tessera up` makes. */

export { canonicalDirectory } from './canonical-directory.js';
export { CLUSTER_FILE } from './cluster-file.js';
export { type ClusterInfo, inspectCluster, type ProcessInfo, type ProcessState } from './inspect.js';
export { CHUNKSERVERS_MAX } from './limits.js';
export { LocalCluster, type LocalClusterOptions, openLocalCluster, startLocalCluster } from './local-cluster.js';
