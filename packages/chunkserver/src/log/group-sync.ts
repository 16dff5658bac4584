import type { Clock, Timer } from '@tessera/env';
import type { TesseraError } from '@tessera/protocol';
import { UNSYNCED_BYTES_LAZY, UNSYNCED_MS_MAX } from './limits.js';

interface Waiter {
  readonly lsn: number;
  resolve(): void;
  reject(error: TesseraError): void;
}

/**
 * Groups syncs: one at a time; what is written while it is in flight waits for the next. The first that fails is the
 * last that is tried, since the system may then have dropped what it could not write and call the next sync good.
 */
export class GroupSync {
  readonly #clock: Clock;
  readonly #sync: () => Promise<void>;
  readonly #onSynced: (lsn: number) => void;
  readonly #onFailure: (error: unknown) => TesseraError;
  #writtenLsn: number;
  #syncedLsn: number;
  #unsyncedBytes = 0;
  #inFlight: Promise<void> | undefined;
  #waiters: Waiter[] = [];
  #lazy: Timer | undefined;
  #failure: TesseraError | undefined;

  constructor(options: {
    clock: Clock;
    /** Everything up to here is durable. */
    syncedLsn: number;
    /** Syncs all that is written so far. */
    sync: () => Promise<void>;
    onSynced: (lsn: number) => void;
    /** A sync failed. Returns what its waiters are told; must call `fail`. */
    onFailure: (error: unknown) => TesseraError;
  }) {
    this.#clock = options.clock;
    this.#sync = options.sync;
    this.#onSynced = options.onSynced;
    this.#onFailure = options.onFailure;
    this.#writtenLsn = options.syncedLsn;
    this.#syncedLsn = options.syncedLsn;
  }

  get syncedLsn(): number {
    return this.#syncedLsn;
  }

  get unsyncedBytes(): number {
    return this.#unsyncedBytes;
  }

  /** So many bytes up to this LSN have been written. Nobody may wait for them: they are synced all the same, later. */
  written(lsn: number, bytes: number): void {
    this.#writtenLsn = lsn;
    this.#unsyncedBytes += bytes;
    this.#syncLater();
  }

  /** Resolves once everything up to this LSN, which has been written, is durable. @throws TesseraError DISK_FAILED */
  durable(lsn: number): Promise<void> {
    if (lsn <= this.#syncedLsn) return Promise.resolve();
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#waiters.push({ lsn, resolve, reject });
      this.#start();
    });
  }

  /** Resolves when all that is written now has been synced, or a sync has failed. */
  async flush(): Promise<void> {
    while (this.#inFlight) await this.#inFlight;
    this.#start();
    await this.#inFlight;
  }

  /** Ends it: waiters are told, nothing more is synced. */
  fail(failure: TesseraError): void {
    this.#failure ??= failure;
    this.stop();
    for (const waiter of this.#waiters.splice(0)) waiter.reject(this.#failure);
  }

  stop(): void {
    this.#lazy?.cancel();
    this.#lazy = undefined;
  }

  #start(): void {
    if (this.#inFlight || this.#failure || this.#writtenLsn <= this.#syncedLsn) return;
    this.stop();
    this.#inFlight = this.#run(this.#writtenLsn, this.#unsyncedBytes);
  }

  async #run(lsn: number, bytes: number): Promise<void> {
    try {
      await this.#sync();
    } catch (error) {
      this.fail(this.#onFailure(error));
      return;
    } finally {
      this.#inFlight = undefined;
    }
    if (this.#failure) return;
    this.#unsyncedBytes -= bytes;
    this.#syncedLsn = lsn;
    const waiters = this.#waiters;
    this.#waiters = waiters.filter((waiter) => waiter.lsn > lsn);
    for (const waiter of waiters) if (waiter.lsn <= lsn) waiter.resolve();
    this.#onSynced(lsn);
    if (this.#waiters.length > 0) this.#start();
    else this.#syncLater();
  }

  #syncLater(): void {
    if (this.#unsyncedBytes === 0 || this.#inFlight || this.#failure) return;
    if (this.#unsyncedBytes >= UNSYNCED_BYTES_LAZY) this.#start();
    else this.#lazy ??= this.#clock.schedule(UNSYNCED_MS_MAX, () => this.#start());
  }
}
