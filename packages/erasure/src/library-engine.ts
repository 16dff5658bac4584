import { libraryWasmBase64 } from '../generated/library-wasm.js';
import { decodeBase64 } from './base64.js';
import { libraryArenaBytes } from './limits.js';
import type { Engine, HeldShard, Recovery } from './recovery.js';

/** What the wasm file of @subspace/reed-solomon-erasure.wasm exports. Results other than 0 are its error codes. */
interface LibraryExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  __wbindgen_malloc(bytes: number): number;
  /** Fills the parity shards of dataCount + parityCount equal shards that lie side by side at `shards`. */
  encode(shards: number, bytes: number, dataCount: number, parityCount: number): number;
  /** Fills the data shards whose flag is 0; parity shards stay as they are. Takes over the flags and frees them. */
  reconstruct(
    shards: number,
    bytes: number,
    dataCount: number,
    parityCount: number,
    flags: number,
    flagCount: number,
  ): number;
}

/**
 * Runs recoveries through the Reed-Solomon library's wasm file. The package's own JavaScript is not used: it frees the
 * availability flags that `reconstruct` has freed already, after which a reused instance reports too few shards for
 * repairs that are possible, and it needs node:fs.
 */
export class LibraryEngine implements Engine {
  readonly backend = 'library';
  readonly #library: LibraryExports;
  readonly #arenaBytes: number;
  #arenaAt: number | undefined;

  /** @param arenaBytes room for the strips, at least 1 byte for each shard of the largest stripe. */
  constructor(arenaBytes = libraryArenaBytes) {
    this.#arenaBytes = arenaBytes;
    const module = new WebAssembly.Module(decodeBase64(libraryWasmBase64));
    this.#library = new WebAssembly.Instance(module).exports as unknown as LibraryExports;
  }

  recover({ dataCount, held, wanted }: Recovery, outputs: readonly Uint8Array[]): void {
    const slots = [...held, ...wanted].map(({ slot }) => slot);
    // How many parity shards a stripe has changes none of them, so it may end after the last one used. The library
    // knows no stripe without parity.
    const parityCount = Math.max(1, Math.max(...slots) + 1 - dataCount);
    const shardCount = dataCount + parityCount;
    const end = Math.max(...wanted.map(({ length }) => length));
    const stripBytes = Math.min(end, Math.floor(this.#arenaBytes / shardCount));
    for (let from = 0; from < end; from += stripBytes) {
      const length = Math.min(stripBytes, end - from);
      const shardsAt = this.#copyIn(held, from, length);
      this.#rebuildData(shardsAt, length, dataCount, parityCount, held);
      if (wanted.some(({ slot }) => slot >= dataCount)) {
        check('encode', this.#library.encode(shardsAt, length * shardCount, dataCount, parityCount));
      }
      const memory = this.#memory();
      for (const [index, { slot }] of wanted.entries()) {
        const output = outputs[index] as Uint8Array;
        const present = Math.min(length, output.length - from);
        const at = shardsAt + slot * length;
        if (present > 0) output.set(memory.subarray(at, at + present), from);
      }
    }
  }

  /** Lays the held shards' bytes at their slots, shorter ones followed by zeros. */
  #copyIn(held: readonly HeldShard[], from: number, length: number): number {
    // Its memory never shrinks, so one lasting allocation of a fixed size is what bounds it.
    this.#arenaAt ??= this.#library.__wbindgen_malloc(this.#arenaBytes);
    const memory = this.#memory();
    for (const { slot, bytes } of held) {
      const present = bytes.subarray(from, from + length);
      const at = this.#arenaAt + slot * length;
      memory.set(present, at);
      memory.fill(0, at + present.length, at + length);
    }
    return this.#arenaAt;
  }

  #rebuildData(
    shardsAt: number,
    length: number,
    dataCount: number,
    parityCount: number,
    held: readonly HeldShard[],
  ): void {
    if (held.every(({ slot }) => slot < dataCount)) return;
    const shardCount = dataCount + parityCount;
    const flagsAt = this.#library.__wbindgen_malloc(shardCount);
    const flags = this.#memory()
      .subarray(flagsAt, flagsAt + shardCount)
      .fill(0);
    for (const { slot } of held) flags[slot] = 1;
    const bytes = length * shardCount;
    check('reconstruct', this.#library.reconstruct(shardsAt, bytes, dataCount, parityCount, flagsAt, shardCount));
  }

  /** A view made anew, since an allocation may have replaced the buffer. */
  #memory(): Uint8Array {
    return new Uint8Array(this.#library.memory.buffer);
  }
}

/** Requests are validated before they come here, so a refusal by the library is a bug of ours. */
function check(operation: string, result: number): void {
  if (result !== 0) throw new Error(`erasure: the Reed-Solomon library's ${operation} failed with result ${result}`);
}
