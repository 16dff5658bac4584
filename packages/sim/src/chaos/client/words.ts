import type { ClientCounters } from '@tessera/client';

/* What a client process and whoever directs it tell each other. */

/** A call of the SDK that a client process is to make, or an action of a workload on a shared file. */
export interface Ask {
  readonly id: number;
  /** Of the client, or of one of its open files. `connect` comes first. */
  readonly method: string;
  /** The number of an open file. */
  readonly handle: number | undefined;
  readonly args: readonly unknown[];
}

/** Asks for an action on a shared file: its directory, the action, a seed for the rest. */
export const SHARED_FILE = 'shared file';

/** How it ended. An open file is answered with its number, what comes one by one with a list. */
export type Answer = {
  readonly id: number;
  /** Of the client by now; undefined while it is not connected. */
  readonly counters: ClientCounters | undefined;
} & ({ readonly value: unknown } | { readonly error: ErrorWords });

/** An error with its causes. */
export interface ErrorWords {
  readonly name: string;
  /** Of a TesseraError. */
  readonly code: string | undefined;
  readonly message: string;
  readonly cause: ErrorWords | undefined;
}

/** An argument that is content which the client is to hand over in pieces. */
export interface Pieces {
  readonly pieces: readonly Uint8Array[];
}

export function isPieces(argument: unknown): argument is Pieces {
  return typeof argument === 'object' && argument !== null && 'pieces' in argument;
}
