import { type DistributionSpec, TesseraError } from '@tessera/protocol';
import { checkBytes, checkReach, checkServer, type Distribution } from './distribution.js';

/** Strips of one length on groups of servers; one group and a factor of 1 are simple striping. */
export interface Grid {
  readonly servers: number;
  readonly groups: number;
  /** Strips that a server of a group gets before the next group has its turn. */
  readonly factor: number;
  readonly stripBytes: number;
}

/**
 * simple_stripe and twod_stripe. Groups have ⌊servers ÷ groups⌋ servers, the last one also those that are left over. A
 * *round* deals `factor` strips to every server, group after group.
 */
export function striped(spec: DistributionSpec, { servers, groups, factor, stripBytes }: Grid): Distribution {
  const shape = { spec, servers };
  const groupServers = Math.floor(servers / groups);
  const serverRoundBytes = factor * stripBytes;
  const roundBytes = servers * serverRoundBytes;
  const groupBytes = groupServers * serverRoundBytes;
  if (!Number.isSafeInteger(roundBytes)) {
    throw new TesseraError(
      'INVALID_LAYOUT',
      'distribution: strip_size × servers × group_strip_factor is past 2^53 − 1 bytes, the longest file; use smaller ones',
    );
  }

  /** Of a group: its first server, how many it has, where it begins in a round. */
  const groupAt = (index: number) => ({
    first: index * groupServers,
    size: index === groups - 1 ? servers - index * groupServers : groupServers,
    start: index * groupBytes,
  });
  const groupOfServer = (server: number) => groupAt(Math.min(groups - 1, Math.floor(server / groupServers)));

  return {
    ...shape,
    locate(offset) {
      checkBytes('offset', offset);
      const round = Math.floor(offset / roundBytes);
      const inRound = offset - round * roundBytes;
      const group = groupAt(Math.min(groups - 1, Math.floor(inRound / groupBytes)));
      const rowBytes = group.size * stripBytes;
      const row = Math.floor((inRound - group.start) / rowBytes);
      const inRow = inRound - group.start - row * rowBytes;
      const column = Math.floor(inRow / stripBytes);
      const inStrip = inRow - column * stripBytes;
      return {
        server: group.first + column,
        physicalOffset: round * serverRoundBytes + row * stripBytes + inStrip,
        length: stripBytes - inStrip,
      };
    },
    logicalOffset(server, physicalOffset) {
      checkServer(shape, server);
      checkBytes('physicalOffset', physicalOffset);
      const group = groupOfServer(server);
      const round = Math.floor(physicalOffset / serverRoundBytes);
      const inRound = physicalOffset - round * serverRoundBytes;
      const row = Math.floor(inRound / stripBytes);
      const inStrip = inRound - row * stripBytes;
      const strip = row * group.size + server - group.first;
      return checkReach(round * roundBytes + group.start + strip * stripBytes + inStrip);
    },
    physicalBytes(server, logicalBytes) {
      checkServer(shape, server);
      checkBytes('logicalBytes', logicalBytes);
      const group = groupOfServer(server);
      const round = Math.floor(logicalBytes / roundBytes);
      const inGroup = between(0, logicalBytes - round * roundBytes - group.start, group.size * serverRoundBytes);
      const rowBytes = group.size * stripBytes;
      const row = Math.floor(inGroup / rowBytes);
      const inStrip = inGroup - row * rowBytes - (server - group.first) * stripBytes;
      return round * serverRoundBytes + row * stripBytes + between(0, inStrip, stripBytes);
    },
  };
}

function between(least: number, value: number, most: number): number {
  return Math.min(Math.max(least, value), most);
}
