import { TesseraError } from './errors.js';

/** A run of bytes of one server. */
export interface Strip {
  readonly server: number;
  readonly bytes: number;
}

/**
 * A distribution by its name and parameters, before it is known how many servers there are. Where `stripBytes` is left
 * out it is the layout's `segmentBytes`, so that each segment lies on one server.
 */
export type DistributionSpec =
  /** All on the first server. */
  | { readonly name: 'basic' }
  /** Strips go to the servers in turn. */
  | { readonly name: 'simple_stripe'; readonly stripBytes?: number }
  /** Servers form groups; `factor` strips for each server of a group, in turn, then the next group. */
  | {
      readonly name: 'twod_stripe';
      readonly groups: number;
      readonly factor: number;
      readonly stripBytes?: number;
    }
  /** These strips, and then the same again. */
  | { readonly name: 'varstrip'; readonly strips: readonly Strip[] };

export type DistributionName = DistributionSpec['name'];

export const TWOD_GROUPS_DEFAULT = 2;
export const TWOD_FACTOR_DEFAULT = 256;
/** No pattern needs more, and a file's servers are positions of a placement group. */
export const DISTRIBUTION_SERVERS_MAX = 1_024;
export const STRIPS_MAX = 1_024;

/** @throws TesseraError INVALID_LAYOUT */
export function checkDistribution(spec: DistributionSpec): void {
  switch (spec.name) {
    case 'basic':
      return;
    case 'simple_stripe':
      checkStrip(spec);
      return;
    case 'twod_stripe':
      checkStrip(spec);
      checkPositive('num_groups', spec.groups);
      checkPositive('group_strip_factor', spec.factor);
      return;
    case 'varstrip':
      checkStrips(spec.strips);
      return;
    default:
      refuseDistribution(`'${(spec satisfies never as DistributionSpec).name}' is unknown`);
  }
}

/** The servers that the strips name. */
export function stripServers(strips: readonly Strip[]): number {
  return strips.reduce((highest, { server }) => Math.max(highest, server), 0) + 1;
}

function checkStrip({ stripBytes }: { readonly stripBytes?: number }): void {
  if (stripBytes !== undefined) checkPositive('strip_size', stripBytes);
}

function checkStrips(strips: readonly Strip[]): void {
  if (strips.length === 0 || strips.length > STRIPS_MAX) {
    refuseDistribution(`strips has ${strips.length} strips; give 1..${STRIPS_MAX}, e.g. 0:64K;1:128K`);
  }
  let bytes = 0;
  for (const strip of strips) {
    if (!Number.isInteger(strip.server) || strip.server < 0 || strip.server >= DISTRIBUTION_SERVERS_MAX) {
      refuseDistribution(`strips names server ${strip.server}; servers are 0..${DISTRIBUTION_SERVERS_MAX - 1}`);
    }
    checkPositive(`the strip of server ${strip.server}`, strip.bytes);
    bytes += strip.bytes;
  }
  if (!Number.isSafeInteger(bytes)) refuseDistribution('the strips add up past 2^53 − 1 bytes, the longest file');
  const named = new Set(strips.map(({ server }) => server));
  for (let server = 0; server < stripServers(strips); server++) {
    if (!named.has(server)) refuseDistribution(`strips leaves out server ${server}; name all from 0 to the highest`);
  }
}

function checkPositive(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) {
    refuseDistribution(`${name} is ${value}; a whole number from 1 on is expected`);
  }
}

export function refuseDistribution(message: string): never {
  throw new TesseraError('INVALID_LAYOUT', `distribution: ${message}`);
}
