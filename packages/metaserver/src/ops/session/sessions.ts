import type { Clock } from '@tessera/env';
import { formatId, type Id, readUint64, TesseraError } from '@tessera/protocol';
import { resultKey, sessionKey } from '../../records/keys.js';
import { decodeSession } from '../../records/session.js';
import type { MetadataStore } from '../../store/transaction.js';
import { SessionState } from './session-state.js';

const SEQUENCE_END = 2n ** 64n - 1n;

/** What memory knows of the sessions that were heard of since the start. */
export class Sessions {
  readonly #store: MetadataStore;
  readonly #clock: Clock;
  readonly #startMs: number;
  readonly #states = new Map<Id, SessionState>();
  readonly #loading = new Map<Id, Promise<SessionState>>();

  constructor(store: MetadataStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    this.#startMs = clock.monotonicMs();
  }

  /** Notes that the session is in use, if it is one. */
  touch(id: Id): void {
    const state = this.#states.get(id);
    if (state !== undefined) state.lastTouchMs = this.#clock.monotonicMs();
  }

  /** The session's state when it is in memory. */
  known(id: Id): SessionState | undefined {
    return this.#states.get(id);
  }

  /** @throws TesseraError SESSION_EXPIRED */
  load(id: Id): Promise<SessionState> {
    const known = this.#states.get(id);
    if (known !== undefined) return Promise.resolve(known);
    let loading = this.#loading.get(id);
    if (loading === undefined) {
      loading = this.#read(id).finally(() => this.#loading.delete(id));
      this.#loading.set(id, loading);
    }
    return loading;
  }

  /** For how long nothing was heard of the session; since the start when it was silent all the time. */
  idleMs(id: Id): number {
    return this.#clock.monotonicMs() - (this.#states.get(id)?.lastTouchMs ?? this.#startMs);
  }

  forget(id: Id): void {
    this.#states.delete(id);
  }

  async #read(id: Id): Promise<SessionState> {
    const session = await this.#store.read((tx) => {
      const value = tx.get(sessionKey(id));
      return value === undefined ? undefined : decodeSession(value);
    });
    if (session === undefined || session.ending) throw sessionExpired(id);
    const [newest] = await this.#store.scan(
      { from: resultKey(id, 0n), to: resultKey(id, SEQUENCE_END), reverse: true },
      1,
    );
    const state = new SessionState(id, {
      floor: session.floor,
      highest: newest === undefined ? Math.max(0, session.floor - 1) : sequenceOf(newest.key),
      nowMs: this.#clock.monotonicMs(),
    });
    this.#states.set(id, state);
    return state;
  }
}

/** The sequence in a stored result's key. */
export function sequenceOf(key: Uint8Array): number {
  return Number(readUint64(key, 9));
}

export function sessionExpired(id: Id): TesseraError {
  return new TesseraError(
    'SESSION_EXPIRED',
    `session ${formatId(id)} is not open: it was closed, was silent for too long or never existed; open another one`,
  );
}
