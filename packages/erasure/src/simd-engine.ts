import { type Kernel, kernelStepBytes, loadKernel, nibbleTablesBytes } from './kernel.js';
import type { KernelPass } from './kernel-program.js';
import { KernelProgramCache } from './kernel-program-cache.js';
import { dataShardsMax, kernelArenaBytes, kernelProgramsMax, parityShardsMax } from './limits.js';
import type { Engine, HeldShard, Recovery } from './recovery.js';

// The kernel's memory: its nibble tables, the coefficients of one recovery, the strips.
const coefficientsAt = nibbleTablesBytes;
const stripsAt = coefficientsAt + dataShardsMax * parityShardsMax;

/** Runs recoveries through our WebAssembly kernel, one strip of every shard at a time. */
export class SimdEngine implements Engine {
  readonly backend = 'simd';
  readonly #arenaBytes: number;
  readonly #kernel: Kernel;
  readonly #programs = new KernelProgramCache(kernelProgramsMax);

  /** @param arenaBytes room for the strips, at least 64 bytes for each shard of the largest stripe. */
  constructor(arenaBytes = kernelArenaBytes) {
    this.#arenaBytes = arenaBytes;
    this.#kernel = loadKernel(stripsAt + arenaBytes);
  }

  recover({ held, wanted }: Recovery, outputs: readonly Uint8Array[]): void {
    const program = this.#programs.get(
      held.map(({ slot }) => slot),
      wanted.map(({ slot }) => slot),
    );
    this.#writeCoefficients(program);
    const stripBytes = floorToStep(this.#arenaBytes / (held.length + wanted.length));
    const outputsAt = stripsAt + held.length * stripBytes;
    const end = Math.max(...wanted.map(({ length }) => length));
    for (let from = 0; from < end; from += stripBytes) {
      const length = Math.min(stripBytes, end - from);
      this.#copyIn(held, from, length, stripBytes);
      this.#run(program, held.length, stripBytes, ceilToStep(length));
      this.#copyOut(outputs, from, length, stripBytes, outputsAt);
    }
  }

  #writeCoefficients(program: readonly KernelPass[]): void {
    let at = coefficientsAt;
    for (const { coefficients } of program) {
      this.#kernel.memory.set(coefficients, at);
      at += coefficients.length;
    }
  }

  /** Shards that end before the strip does are followed by zeros. */
  #copyIn(held: readonly HeldShard[], from: number, length: number, stripBytes: number): void {
    const { memory } = this.#kernel;
    let at = stripsAt;
    for (const { bytes } of held) {
      const present = Math.max(0, Math.min(length, bytes.length - from));
      if (present > 0) memory.set(viewOf(bytes, from, present), at);
      if (present < length) memory.fill(0, at + present, at + length);
      at += stripBytes;
    }
  }

  /** `length` may go past the strip's data by less than a step: what that computes is not copied out. */
  #run(program: readonly KernelPass[], heldCount: number, stripBytes: number, length: number): void {
    let coefficients = coefficientsAt;
    let out = stripsAt + heldCount * stripBytes;
    for (const pass of program) {
      this.#kernel[pass.operation](stripsAt, heldCount, stripBytes, coefficients, out, length);
      coefficients += pass.coefficients.length;
      out += pass.rows * stripBytes;
    }
  }

  #copyOut(outputs: readonly Uint8Array[], from: number, length: number, stripBytes: number, outputsAt: number): void {
    let at = outputsAt;
    for (const output of outputs) {
      const present = Math.min(length, output.length - from);
      if (present > 0) output.set(viewOf(this.#kernel.memory, at, present), from);
      at += stripBytes;
    }
  }
}

/** As subarray, but always a plain Uint8Array: a Buffer makes its views three times as slowly. */
function viewOf(bytes: Uint8Array, from: number, length: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + from, length);
}

function floorToStep(bytes: number): number {
  return Math.floor(bytes / kernelStepBytes) * kernelStepBytes;
}

function ceilToStep(bytes: number): number {
  return Math.ceil(bytes / kernelStepBytes) * kernelStepBytes;
}
