import type { Clock } from '@tessera/env';
import { formatId, type Id, readUint64, TesseraError } from '@tessera/protocol';
import { resultKey, sessionKey, Table } from '../../records/keys.js';
import { decodeSession } from '../../records/session.js';
import type { MetadataStore } from '../../store/transaction.js';
import { SessionState } from './session-state.js';

/** Sessions open at the same time. */
export const SESSIONS_MAX = 16_384;
const SESSIONS_PER_SCAN = 1_000;
const SEQUENCE_END = 2n ** 64n - 1n;

/** What memory knows of the sessions: which there are, and more of those that were heard of since the start. */
export class Sessions {
  readonly #store: MetadataStore;
  readonly #clock: Clock;
  readonly #startMs: number;
  readonly sessionsMax: number;
  #opening = 0;
  readonly #open = new Set<Id>();
  readonly #states = new Map<Id, SessionState>();
  readonly #loading = new Map<Id, Promise<SessionState>>();

  constructor(store: MetadataStore, clock: Clock, sessionsMax: number) {
    this.#store = store;
    this.#clock = clock;
    this.sessionsMax = sessionsMax;
    this.#startMs = clock.monotonicMs();
  }

  get openCount(): number {
    return this.#open.size;
  }

  /** Learns which sessions earlier processes opened. */
  async loadOpen(): Promise<void> {
    const to = Uint8Array.of(Table.SESSION + 1);
    let from: Uint8Array = Uint8Array.of(Table.SESSION);
    for (;;) {
      const rows = await this.#store.scan({ from, to }, SESSIONS_PER_SCAN);
      for (const { key } of rows) this.#open.add(readUint64(key, 1));
      const last = rows.at(-1);
      if (last === undefined || rows.length < SESSIONS_PER_SCAN) return;
      from = Uint8Array.of(...last.key, 0);
    }
  }

  /** Runs what opens a session; `isFull` says that no further one may be. */
  async open(body: (isFull: boolean) => Promise<Id>): Promise<Id> {
    const isFull = this.#open.size + this.#opening >= this.sessionsMax;
    this.#opening++;
    try {
      const id = await body(isFull);
      this.#open.add(id);
      return id;
    } finally {
      this.#opening--;
    }
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

  /** The session has ended, or is about to. */
  forget(id: Id): void {
    this.#open.delete(id);
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
