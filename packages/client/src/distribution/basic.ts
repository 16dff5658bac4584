import { type DistributionSpec, FILE_BYTES_MAX } from '@tessera/protocol';
import { checkBytes, checkServer, type Distribution } from './distribution.js';

/** The whole file on one server. */
export function basic(spec: DistributionSpec): Distribution {
  const shape = { spec, servers: 1 };
  return {
    ...shape,
    locate(offset) {
      checkBytes('offset', offset);
      return { server: 0, physicalOffset: offset, length: FILE_BYTES_MAX - offset };
    },
    logicalOffset(server, physicalOffset) {
      checkServer(shape, server);
      checkBytes('physicalOffset', physicalOffset);
      return physicalOffset;
    },
    physicalBytes(server, logicalBytes) {
      checkServer(shape, server);
      checkBytes('logicalBytes', logicalBytes);
      return logicalBytes;
    },
  };
}
