import { invalidArgument } from './error.js';
import { planEncode, planReconstruct } from './plan.js';
import type { Engine, Recovery, WantedShard } from './recovery.js';
import type { ReconstructRequest } from './request.js';

/**
 * The code of a stripe: systematic Reed-Solomon over GF(2^8), polynomial 0x11D, matrix V·V_top⁻¹ with V[r][c] = r^c, as
 * in klauspost/reedsolomon, Backblaze and reed-solomon-erasure. Shards may differ in length; shorter ones count as if
 * zeros followed, but neither take nor yield them. Calls are synchronous and keep nothing of the arguments. A codec
 * holds some MiB of WebAssembly memory, so a process needs one only.
 *
 * Both methods throw ErasureError: INVALID_ARGUMENT for a request that breaks the contract, TOO_FEW_SHARDS.
 */
export interface ErasureCodec {
  readonly backend: 'simd' | 'library';

  /**
   * The parity shards of 1 to dataShardsMax data shards, each as long as the longest. At least one data shard has
   * bytes. parityCount is 0 to parityShardsMax; 0 bypasses the codec: the result is empty.
   *
   * With one data shard, parity is copies, and the result is that very array `parityCount` times, unless there is `into`.
   *
   * @param into buffers for the parity, parityCount of exactly its length, apart from the data; they are returned.
   *   Left out, they are allocated, which costs about a quarter of the speed.
   */
  encode(data: readonly Uint8Array[], parityCount: number, into?: readonly Uint8Array[]): Uint8Array[];

  /**
   * The wanted shards of a stripe that has lost at most parityCount shards, data and parity alike, or one range of
   * them; by slot, in the order of `wanted`. Each has exactly its own length, or what of it lies in the range: a data
   * shard as in shardLengths, a parity shard as the longest of them.
   *
   * With dataCount 1 all shards are copies, and the result is one of the given arrays itself, unless there is `into`.
   */
  reconstruct(request: ReconstructRequest): Map<number, Uint8Array>;
}

/** Validates, settles the cases without arithmetic, and leaves the rest to an engine. */
export class EngineCodec implements ErasureCodec {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  get backend(): 'simd' | 'library' {
    return this.#engine.backend;
  }

  encode(data: readonly Uint8Array[], parityCount: number, into?: readonly Uint8Array[]): Uint8Array[] {
    return this.#recover(planEncode(data, parityCount), into);
  }

  reconstruct(request: ReconstructRequest): Map<number, Uint8Array> {
    const recovery = planReconstruct(request);
    const outputs = this.#recover(recovery, request.into);
    return new Map(recovery.wanted.map(({ slot }, index) => [slot, outputs[index] as Uint8Array]));
  }

  #recover({ dataCount, held, wanted }: Recovery, into?: readonly Uint8Array[]): Uint8Array[] {
    if (into) checkBuffers(into, wanted);
    const [only] = held;
    if (dataCount === 1 && only) return copiesOf(only.bytes, wanted.length, into);
    const outputs = into ? [...into] : wanted.map(({ length }) => new Uint8Array(length));
    const filled = outputs.filter((output) => output.length > 0);
    if (filled.length > 0) {
      this.#engine.recover({ dataCount, held, wanted: wanted.filter(({ length }) => length > 0) }, filled);
    }
    return outputs;
  }
}

function copiesOf(bytes: Uint8Array, count: number, into?: readonly Uint8Array[]): Uint8Array[] {
  if (!into) return new Array<Uint8Array>(count).fill(bytes);
  for (const buffer of into) buffer.set(bytes);
  return [...into];
}

function checkBuffers(into: readonly Uint8Array[], wanted: readonly WantedShard[]): void {
  if (into.length !== wanted.length) {
    throw invalidArgument(`into has ${into.length} buffers; expected one for each of ${wanted.length} shards`);
  }
  for (const [index, { slot, length }] of wanted.entries()) {
    const buffer = into[index];
    if (!(buffer instanceof Uint8Array) || buffer.length !== length) {
      throw invalidArgument(`into[${index}] has ${buffer?.length} bytes; shard ${slot} has ${length}`);
    }
  }
}
