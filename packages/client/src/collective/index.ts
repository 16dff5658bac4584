/* Groups of processes that open, read and write files together, in two phases. */

export type {
  CollectiveFile,
  CollectiveFlags,
  CollectiveOpenOptions,
  CollectiveOptions,
  Group,
  GroupOptions,
} from './api.js';
export { joinGroup } from './join-group.js';
export { localGroup } from './local-group.js';
export { type DomainOutcome, type RankFailure, RankFailures, rankFailures } from './rank-failures.js';
