import { type DistributionSpec, type Strip, stripServers } from '@tessera/protocol';
import { checkBytes, checkReach, checkServer, type Distribution } from './distribution.js';

interface PlacedStrip {
  readonly server: number;
  readonly bytes: number;
  /** In a round of all strips, and in what its server holds of a round. */
  readonly start: number;
  readonly physicalStart: number;
}

/** Strips as given, round after round. */
export function varstrip(spec: DistributionSpec, strips: readonly Strip[]): Distribution {
  const shape = { spec, servers: stripServers(strips) };
  const placed: PlacedStrip[] = [];
  const ofServer = Array.from({ length: shape.servers }, (): PlacedStrip[] => []);
  const serverBytes = new Array<number>(shape.servers).fill(0);
  let roundBytes = 0;
  for (const { server, bytes } of strips) {
    const physicalStart = serverBytes[server] as number;
    const strip = { server, bytes, start: roundBytes, physicalStart };
    placed.push(strip);
    ofServer[server]?.push(strip);
    roundBytes += bytes;
    serverBytes[server] = physicalStart + bytes;
  }

  return {
    ...shape,
    locate(offset) {
      checkBytes('offset', offset);
      const round = Math.floor(offset / roundBytes);
      const inRound = offset - round * roundBytes;
      const strip = lastAt(placed, ({ start }) => start <= inRound) as PlacedStrip;
      const inStrip = inRound - strip.start;
      return {
        server: strip.server,
        physicalOffset: round * (serverBytes[strip.server] as number) + strip.physicalStart + inStrip,
        length: strip.bytes - inStrip,
      };
    },
    logicalOffset(server, physicalOffset) {
      checkServer(shape, server);
      checkBytes('physicalOffset', physicalOffset);
      const heldBytes = serverBytes[server] as number;
      const round = Math.floor(physicalOffset / heldBytes);
      const inRound = physicalOffset - round * heldBytes;
      const own = ofServer[server] as PlacedStrip[];
      const strip = lastAt(own, ({ physicalStart }) => physicalStart <= inRound) as PlacedStrip;
      // No sum on the way may be past 2^53 − 1 where the result is not.
      return checkReach(round * roundBytes + (strip.start + (inRound - strip.physicalStart)));
    },
    physicalBytes(server, logicalBytes) {
      checkServer(shape, server);
      checkBytes('logicalBytes', logicalBytes);
      const round = Math.floor(logicalBytes / roundBytes);
      const inRound = logicalBytes - round * roundBytes;
      const strip = lastAt(ofServer[server] as PlacedStrip[], ({ start }) => start <= inRound);
      const before = round * (serverBytes[server] as number);
      return strip === undefined ? before : before + strip.physicalStart + Math.min(strip.bytes, inRound - strip.start);
    },
  };
}

/** The last strip of an ascending list for which this still holds. */
function lastAt(strips: readonly PlacedStrip[], holds: (strip: PlacedStrip) => boolean): PlacedStrip | undefined {
  let [below, above] = [-1, strips.length];
  while (above - below > 1) {
    const middle = (below + above) >>> 1;
    if (holds(strips[middle] as PlacedStrip)) below = middle;
    else above = middle;
  }
  return strips[below];
}
