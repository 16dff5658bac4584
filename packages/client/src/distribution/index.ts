/* Distributions, as in PVFS: how the bytes of a file are dealt out to servers, and which positions its segments prefer. */

export {
  DISTRIBUTION_CHARACTERS_MAX,
  DISTRIBUTION_SERVERS_MAX,
  type DistributionName,
  type DistributionSpec,
  formatDistribution,
  parseDistribution,
  STRIPS_MAX,
  type Strip,
  TWOD_FACTOR_DEFAULT,
  TWOD_GROUPS_DEFAULT,
} from '@tessera/protocol';
export { type DistributionBase, distribute } from './distribute.js';
export {
  contiguousLength,
  type DistributedByte,
  type Distribution,
  logicalBytes,
  nextMappedOffset,
} from './distribution.js';
export {
  positionWindow,
  preferredServer,
  type RangePositionsInput,
  rangePositions,
  type SegmentPositionsInput,
  segmentPositions,
  type WindowChoice,
} from './segment-positions.js';
