import { type KernelPass, kernelProgram } from './kernel-program.js';

/** Remembers the programs used last: a full stripe's encoding and the few losses a cluster has at a time. */
export class KernelProgramCache {
  readonly #entriesMax: number;
  // A Map keeps insertion order, and an entry is inserted anew at every use, so the first key is the stalest.
  readonly #entries = new Map<string, KernelPass[]>();

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(held: readonly number[], wanted: readonly number[]): readonly KernelPass[] {
    const key = `${held.join()}>${wanted.join()}`;
    const known = this.#entries.get(key);
    if (known) this.#entries.delete(key);
    const program = known ?? kernelProgram(held, wanted);
    this.#entries.set(key, program);
    if (this.#entries.size > this.#entriesMax) this.#dropStalest();
    return program;
  }

  #dropStalest(): void {
    const [stalest] = this.#entries.keys();
    if (stalest !== undefined) this.#entries.delete(stalest);
  }
}
