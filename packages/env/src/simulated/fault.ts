import type { CrashKind } from './crash.js';

/** One call of a simulated process into its environment. */
export interface EnvCall {
  /** The process's name, the same in every incarnation. */
  readonly process: string;
  readonly incarnation: number;
  /** `disk.open`, `disk.write`, `disk.sync`, `network.call`, `clock.schedule`, `kv.apply`, … */
  readonly kind: string;
  /** The path or address that the call is about. */
  readonly subject: string;
  /** Counts the calls of all processes from 0, so that a run can be cut at any of them. */
  readonly sequence: number;
}

/**
 * What befalls a call. `crash` strikes before its effect or after it, and then nothing of the call is heard. `error`
 * fails it without effect with a code of its own kind (a DiskErrorCode, NetworkErrorCode or KvErrorCode; a unary call
 * is UNAVAILABLE whatever the code). `delay` makes an asynchronous call that much slower. `misdirect` lets
 * `disk.write` hit a place that many bytes further on, in the file `path` of the same disk if that is given and there, and
 * say nothing; other calls ignore it.
 */
export type Fault =
  | { readonly type: 'crash'; readonly when: 'before' | 'after'; readonly kind?: CrashKind }
  | { readonly type: 'error'; readonly code: string }
  | { readonly type: 'delay'; readonly delayMs: number }
  | { readonly type: 'misdirect'; readonly byBytes: number; readonly path?: string };

/** Asked at every call; undefined lets it proceed. It must be as deterministic as the rest: draw from a SimulatedRandom. */
export type FaultHook = (call: EnvCall) => Fault | undefined;
