import { kernelWasmBase64 } from '../generated/kernel-wasm.js';
import { decodeBase64 } from './base64.js';
import { multiply } from './galois.js';

/** Bytes the kernel computes at a time: every length it is given is a multiple. */
export const kernelStepBytes = 64;

/** Where the nibble tables end in the kernel's memory: 256 constants, 2 tables of 16 bytes each. */
export const nibbleTablesBytes = 256 * 32;

const wasmPageBytes = 64 * 1024;

/** Computes linear combinations of strips that lie in `memory`; kernel/combine.wat says what it takes. */
type Combine = (
  data: number,
  count: number,
  stride: number,
  coefficients: number,
  out: number,
  lengthBytes: number,
) => void;

export interface Kernel {
  /** All of the kernel's memory; [0, nibbleTablesBytes) is the kernel's own. */
  readonly memory: Uint8Array;
  readonly combineOneRow: Combine;
  readonly combineTwoRows: Combine;
  readonly combinePairs: Combine;
}

function kernelBytes(): Uint8Array<ArrayBuffer> {
  return decodeBase64(kernelWasmBase64);
}

/** Whether this machine's JavaScript engine runs 128-bit WebAssembly SIMD. */
export function simdSupported(): boolean {
  return WebAssembly.validate(kernelBytes());
}

/** Compiles the kernel with at least `memoryBytes` of memory, which never grows. */
export function loadKernel(memoryBytes: number): Kernel {
  const pages = Math.ceil(memoryBytes / wasmPageBytes);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(kernelBytes()), { kernel: { memory } });
  const bytes = new Uint8Array(memory.buffer);
  writeNibbleTables(bytes);
  return {
    memory: bytes,
    combineOneRow: instance.exports.combineOneRow as Combine,
    combineTwoRows: instance.exports.combineTwoRows as Combine,
    combinePairs: instance.exports.combinePairs as Combine,
  };
}

function writeNibbleTables(memory: Uint8Array): void {
  for (let constant = 0; constant < 256; constant++) {
    for (let nibble = 0; nibble < 16; nibble++) {
      memory[constant * 32 + nibble] = multiply(constant, nibble);
      memory[constant * 32 + 16 + nibble] = multiply(constant, nibble << 4);
    }
  }
}
