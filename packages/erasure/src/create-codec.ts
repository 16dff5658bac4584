import { EngineCodec, type ErasureCodec } from './codec.js';
import { invalidArgument } from './error.js';
import { simdSupported } from './kernel.js';
import { LibraryEngine } from './library-engine.js';
import type { Engine } from './recovery.js';
import { SimdEngine } from './simd-engine.js';

export interface CodecOptions {
  /**
   * `simd`: our WebAssembly SIMD kernel; throws where the JavaScript engine lacks SIMD. `library`: the Reed-Solomon
   * package, several times slower. `auto`: the kernel where it runs, else the library. Their bytes are the same.
   */
  readonly backend: 'simd' | 'library' | 'auto';
}

/**
 * Compiles a codec. The WebAssembly is embedded and compiled synchronously (it is small), so the promise settles
 * without I/O or timers, also inside a simulation.
 */
export async function createCodec({ backend }: CodecOptions): Promise<ErasureCodec> {
  return new EngineCodec(createEngine(backend));
}

function createEngine(backend: CodecOptions['backend']): Engine {
  switch (backend) {
    case 'simd':
      if (!simdSupported()) throw invalidArgument("backend 'simd': this JavaScript engine has no WebAssembly SIMD");
      return new SimdEngine();
    case 'library':
      return new LibraryEngine();
    case 'auto':
      return simdSupported() ? new SimdEngine() : new LibraryEngine();
    default:
      throw invalidArgument(`backend '${backend}' does not exist; expected simd, library or auto`);
  }
}
