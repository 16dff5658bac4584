import { type DistributionSpec, TesseraError } from '@tessera/protocol';

/** Where a byte of a file lies. */
export interface DistributedByte {
  /** From 0 on. */
  readonly server: number;
  /** In what that server holds of the file, bytes. */
  readonly physicalOffset: number;
  /** Bytes from there to the end of the strip: they follow each other in the file and on the server. */
  readonly length: number;
}

/**
 * How the bytes of a file are dealt out to `servers` servers: a bijection between offsets in the file (logical) and
 * places in what each server holds of it (physical), in the same order on both sides. All numbers are bytes, up to
 * 2^53 − 1. Methods throw TesseraError INVALID_ARGUMENT for numbers outside of that, or a server that there is not.
 */
export interface Distribution {
  /** Its name and parameters. */
  readonly spec: DistributionSpec;
  /** Servers that hold something of a file that is long enough. */
  readonly servers: number;
  /** Where a byte of the file lies. */
  locate(offset: number): DistributedByte;
  /** The inverse of `locate`. */
  logicalOffset(server: number, physicalOffset: number): number;
  /** How much of the file's first `logicalBytes` the server holds: the length it has in a file of that length. */
  physicalBytes(server: number, logicalBytes: number): number;
}

/** The first byte from `offset` on that lies on the server. @throws TesseraError INVALID_ARGUMENT */
export function nextMappedOffset(distribution: Distribution, server: number, offset: number): number {
  return distribution.logicalOffset(server, distribution.physicalBytes(server, offset));
}

/**
 * How many bytes from `physicalOffset` on, to the end of the strip, follow each other in the file too.
 * @throws TesseraError INVALID_ARGUMENT
 */
export function contiguousLength(distribution: Distribution, server: number, physicalOffset: number): number {
  return distribution.locate(distribution.logicalOffset(server, physicalOffset)).length;
}

/**
 * The length of a file of which the servers hold these many bytes each: where the last of them lies.
 * @throws TesseraError INVALID_ARGUMENT
 */
export function logicalBytes(distribution: Distribution, physicalBytes: readonly number[]): number {
  let bytes = 0;
  for (const [server, held] of physicalBytes.entries()) {
    checkBytes('physicalBytes', held);
    if (held > 0) bytes = Math.max(bytes, distribution.logicalOffset(server, held - 1) + 1);
  }
  return bytes;
}

export function checkBytes(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) {
    refuse(`${name} is ${value}; a whole number from 0 to 2^53 − 1 is expected`);
  }
}

export function checkServer({ spec, servers }: Pick<Distribution, 'spec' | 'servers'>, server: number): void {
  if (!Number.isInteger(server) || server < 0 || server >= servers) {
    refuse(`server is ${server}; this ${spec.name} has servers 0..${servers - 1}`);
  }
}

/** A logical offset, if a file can be so long. */
export function checkReach(offset: number): number {
  if (!Number.isSafeInteger(offset)) refuse('this server holds nothing there: the longest file ends at 2^53 − 1');
  return offset;
}

function refuse(message: string): never {
  throw new TesseraError('INVALID_ARGUMENT', `distribution: ${message}`);
}
