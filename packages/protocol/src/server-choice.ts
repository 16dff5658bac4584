import { v1 } from '../generated/v1.js';
import type { DistributionSpec } from './distribution-spec.js';
import { stripServers } from './distribution-spec.js';
import { parseDistribution } from './distribution-text.js';
import { TesseraError } from './errors.js';
import { FILE_BYTES_MAX, POSITIONS_MAX } from './limits.js';

/** What a layout says about the servers that the segments of a file prefer. */
export interface ServerChoice {
  segmentBytes: number;
  /** As `parseDistribution` reads it. */
  distribution: string;
  /** Servers a file spreads over; 0 = all. */
  width: number;
  serverOrder: v1.ServerOrder;
  /** The file's first server; 0 = none in particular. */
  startServer: number;
  /** The file's servers; empty = any. */
  servers: readonly number[];
}

/**
 * Whether segments prefer certain servers at all. Where a layout leaves everything open, as the default does, they go to
 * the servers that have least to do.
 */
export function linesUp({ distribution, width, serverOrder, startServer, servers }: ServerChoice): boolean {
  return (
    width !== 0 ||
    serverOrder !== v1.ServerOrder.SERVER_ORDER_ANY ||
    startServer !== 0 ||
    servers.length !== 0 ||
    distribution !== 'simple_stripe'
  );
}

/** The servers of which a placement group must have every one, if files of the layout are to lie in it. */
export function requiredServers({ servers, startServer }: ServerChoice): readonly number[] {
  if (servers.length > 0) return servers;
  return startServer === 0 ? [] : [startServer];
}

/** Fewer servers than this a distribution cannot be laid over. */
export function distributionServersMin(spec: DistributionSpec): number {
  if (spec.name === 'twod_stripe') return spec.groups;
  return spec.name === 'varstrip' ? stripServers(spec.strips) : 1;
}

/** @throws TesseraError INVALID_LAYOUT */
export function checkServerChoice(choice: ServerChoice): void {
  const { width, serverOrder, startServer, servers, segmentBytes } = choice;
  const spec = parseDistribution(choice.distribution);
  if (v1.ServerOrder[serverOrder] === undefined) refuse(`server order ${serverOrder} is unknown`);
  if (width > POSITIONS_MAX) refuse(`width is ${width}; at most ${POSITIONS_MAX} are allowed, 0 means all`);
  if (servers.length > POSITIONS_MAX) refuse(`${servers.length} servers are listed; at most ${POSITIONS_MAX} may be`);
  for (const server of servers) {
    if (!Number.isInteger(server) || server < 1)
      refuse(`the server list names ${server}; servers have numbers from 1 on`);
  }
  if (new Set(servers).size < servers.length) refuse(`the server list names a server twice: ${servers.join(', ')}`);
  if (servers.length > 0 && width > servers.length) {
    refuse(`width is ${width}, but the server list has ${servers.length} servers; list more or use a smaller width`);
  }
  if (serverOrder === v1.ServerOrder.SERVER_ORDER_LIST && servers.length === 0) {
    refuse('the server order is the list, but no servers are listed; list them, or choose another order');
  }
  if (startServer !== 0 && servers.length > 0 && !servers.includes(startServer)) {
    refuse(`the start server is ${startServer}, which the server list (${servers.join(', ')}) leaves out`);
  }
  const spread = width || servers.length || POSITIONS_MAX;
  const needed = distributionServersMin(spec);
  if (needed > spread) {
    refuse(`the distribution ${choice.distribution} needs ${needed} servers, but files spread over at most ${spread}`);
  }
  const stripBytes = 'stripBytes' in spec ? (spec.stripBytes ?? segmentBytes) : segmentBytes;
  const factor = spec.name === 'twod_stripe' ? spec.factor : 1;
  if (stripBytes * factor * spread > FILE_BYTES_MAX) {
    refuse(`one round of the distribution ${choice.distribution} over ${spread} servers is past 2^53 − 1 bytes`);
  }
}

function refuse(message: string): never {
  throw new TesseraError('INVALID_LAYOUT', message);
}
