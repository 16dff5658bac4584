import type { Connection } from '@tessera/env';

/** Why a connection is not being read. */
export type HoldReason = 'memory' | 'bytes' | 'requests' | 'replies';

/** Stops and restarts the reading of a connection for several reasons at once: back-pressure towards its peer. */
export class ReadGate {
  readonly #connection: Connection;
  readonly #reasons = new Set<HoldReason>();
  #ended = false;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  get isHeld(): boolean {
    return this.#reasons.size > 0;
  }

  set(reason: HoldReason, held: boolean): void {
    const before = this.#reasons.size;
    if (held) this.#reasons.add(reason);
    else this.#reasons.delete(reason);
    if (this.#ended) return;
    if (before === 0 && this.#reasons.size > 0) this.#connection.pause();
    if (before > 0 && this.#reasons.size === 0) this.#connection.resume();
  }

  /** Nothing more is taken from the connection: it is left alone. */
  end(): void {
    this.#ended = true;
  }
}
