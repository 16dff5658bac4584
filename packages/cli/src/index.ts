export { type ClusterInfo, inspectCluster, type ProcessInfo, type ProcessState } from './local-cluster/inspect.js';
export {
  type LocalCluster,
  type LocalClusterOptions,
  openLocalCluster,
  startLocalCluster,
} from './local-cluster/local-cluster.js';
