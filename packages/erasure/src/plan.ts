import { ErasureError, invalidArgument } from './error.js';
import { dataShardsMax, parityShardsMax } from './limits.js';
import type { HeldShard, Recovery, WantedShard } from './recovery.js';
import type { ByteRange, ReconstructRequest } from './request.js';

/** The recovery that yields all parity shards of these data shards, as long as the longest of them. */
export function planEncode(data: readonly Uint8Array[], parityCount: number): Recovery {
  checkCounts(data.length, parityCount);
  const held = data.map((bytes, slot) => ({ slot, bytes: checkBytes(bytes, `data shard ${slot}`) }));
  const length = longest(data.map((bytes) => bytes.length));
  const wanted = Array.from({ length: parityCount }, (_, index) => ({ slot: data.length + index, length }));
  return { dataCount: data.length, held, wanted };
}

/** The recovery that answers a request; `wanted` is in its order and may hold shards of length 0. */
export function planReconstruct(request: ReconstructRequest): Recovery {
  const { dataCount, parityCount, shardLengths } = request;
  checkCounts(dataCount, parityCount);
  checkShardLengths(shardLengths, dataCount);
  const parityBytes = longest(shardLengths);
  const range = checkRange(request.range ?? { from: 0, to: parityBytes });
  const lengthOf = (slot: number) => lengthInRange(shardLengths[slot] ?? parityBytes, range);
  return {
    dataCount,
    held: heldShards(request, lengthOf),
    wanted: wantedShards(request, lengthOf),
  };
}

function heldShards(request: ReconstructRequest, lengthOf: (slot: number) => number): HeldShard[] {
  const { dataCount, parityCount, shards } = request;
  const slotCount = dataCount + parityCount;
  if (shards.length !== slotCount) {
    throw invalidArgument(
      `shards has ${shards.length} entries; expected one for each of the ${slotCount} slots (undefined where missing)`,
    );
  }
  const held: HeldShard[] = [];
  // Not entries(): a hole of a sparse array counts as missing too.
  for (let slot = 0; slot < slotCount; slot++) {
    const given = shards[slot];
    const expected = lengthOf(slot);
    if (given !== undefined && checkBytes(given, `shard ${slot}`).length !== expected) {
      throw invalidArgument(`shard ${slot} has ${given.length} bytes; expected ${expected} by shardLengths and range`);
    }
    // A data shard that ends before the range is zeros there, known without being given.
    if (given !== undefined) held.push({ slot, bytes: given });
    else if (slot < dataCount && expected === 0) held.push({ slot, bytes: new Uint8Array(0) });
  }
  if (held.length < dataCount) {
    const slots = held.map(({ slot }) => slot).join(', ') || 'none';
    throw new ErasureError(
      'TOO_FEW_SHARDS',
      `${held.length} shards at hand (slots ${slots}); any ${dataCount} of the stripe's ${slotCount} are needed`,
    );
  }
  return held.slice(0, dataCount);
}

function wantedShards(request: ReconstructRequest, lengthOf: (slot: number) => number): WantedShard[] {
  const slotCount = request.dataCount + request.parityCount;
  const seen = new Set<number>();
  return request.wanted.map((slot) => {
    if (!Number.isInteger(slot) || slot < 0 || slot >= slotCount) {
      throw invalidArgument(`wanted slot ${slot} does not exist; the stripe has slots 0 to ${slotCount - 1}`);
    }
    if (request.shards[slot] !== undefined) throw invalidArgument(`wanted slot ${slot} is among the given shards`);
    if (seen.has(slot)) throw invalidArgument(`wanted slot ${slot} is listed twice`);
    seen.add(slot);
    return { slot, length: lengthOf(slot) };
  });
}

function checkCounts(dataCount: number, parityCount: number): void {
  if (!Number.isInteger(dataCount) || dataCount < 1 || dataCount > dataShardsMax) {
    throw invalidArgument(`${dataCount} data shards; expected 1 to ${dataShardsMax}`);
  }
  if (!Number.isInteger(parityCount) || parityCount < 0 || parityCount > parityShardsMax) {
    throw invalidArgument(`${parityCount} parity shards; expected 0 to ${parityShardsMax}`);
  }
}

function checkShardLengths(shardLengths: readonly number[], dataCount: number): void {
  if (shardLengths.length !== dataCount) {
    throw invalidArgument(
      `shardLengths has ${shardLengths.length} entries; expected one for each data shard: ${dataCount}`,
    );
  }
  for (const [slot, length] of shardLengths.entries()) {
    if (!Number.isSafeInteger(length) || length < 0) {
      throw invalidArgument(`shardLengths[${slot}] is ${length}; expected a number of bytes`);
    }
  }
}

function checkRange(range: ByteRange): ByteRange {
  const { from, to } = range;
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 0 || to < from) {
    throw invalidArgument(`range is [${from}, ${to}); expected byte offsets with 0 <= from <= to`);
  }
  return range;
}

function checkBytes(bytes: unknown, name: string): Uint8Array {
  if (!(bytes instanceof Uint8Array)) throw invalidArgument(`${name} is ${typeof bytes}; expected a Uint8Array`);
  return bytes;
}

function longest(lengths: readonly number[]): number {
  const bytes = Math.max(...lengths);
  if (bytes === 0) throw invalidArgument('all data shards are empty; at least one must have bytes');
  return bytes;
}

function lengthInRange(shardBytes: number, { from, to }: ByteRange): number {
  return Math.max(0, Math.min(shardBytes, to) - from);
}
