import { DiskError, type Log } from '@tessera/env';
import type { Checkpointer } from './checkpointer.js';
import { paced } from './paced.js';
import { checkFiles, checkView, type StoreCheckParts } from './store-check.js';

export interface MaintenanceOptions {
  log: Log;
  /** Journal written since the newest checkpoint that calls for another. */
  checkpointJournalBytes: number;
  /** Journal since the newest checkpoint that this start found. */
  journalBytes: number;
  /** Write a checkpoint as soon as the check is done. */
  checkpointNow: boolean;
  failed(error: unknown): void;
}

/** After a failed attempt the next checkpoint is tried when this part of the usual amount of journal has come. */
const RETRY_PART = 1 / 4;

/** What runs beside the traffic: the check after a start, then checkpoints. One thing at a time. */
export class Maintenance {
  readonly #parts: StoreCheckParts;
  readonly #checkpointer: Checkpointer;
  readonly #options: MaintenanceOptions;
  readonly #stop = new AbortController();
  readonly #alarms = new Map<string, string>();
  #checkpointAtBytes: number;
  #wake: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #journalBytes: number;
  #checked = false;

  constructor(parts: StoreCheckParts, options: MaintenanceOptions) {
    this.#parts = parts;
    this.#checkpointer = parts.checkpointer;
    this.#options = options;
    this.#journalBytes = options.journalBytes;
    this.#checkpointAtBytes = options.checkpointNow ? 0 : options.checkpointJournalBytes;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** What an operator should hear about. */
  get alarms(): string[] {
    return [...this.#alarms.values()];
  }

  /** The check after the start has found the view equal to the journal. */
  get checked(): boolean {
    return this.#checked;
  }

  /** Journal written since the newest checkpoint. */
  get journalBytes(): number {
    return this.#journalBytes;
  }

  journalGrew(bytes: number): void {
    this.#journalBytes += bytes;
    if (this.#journalBytes >= this.#checkpointAtBytes) this.#wake?.();
  }

  /** Ends what is under way; resolves when it has. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#wake?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    try {
      await checkView(this.#parts, signal);
      this.#checked = true;
      await this.#checkFiles();
      this.#options.log.info({ checkpoints: this.#checkpointer.good }, 'view, checkpoints and journal were checked');
      while (!signal.aborted) {
        if (this.#journalBytes >= this.#checkpointAtBytes) await this.#checkpoint();
        else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      }
    } catch (error) {
      if (!signal.aborted) this.#options.failed(error);
    }
  }

  async #checkFiles(): Promise<void> {
    for (const { message, checkpointLsn } of await checkFiles(this.#parts, this.#stop.signal)) {
      this.#raise(message, message);
      if (checkpointLsn === undefined) continue;
      if (checkpointLsn === this.#checkpointer.good[0]) this.#checkpointAtBytes = 0;
      this.#checkpointer.discard(checkpointLsn);
    }
  }

  async #checkpoint(): Promise<void> {
    const { checkpointJournalBytes, log } = this.#options;
    const journalBytes = this.#journalBytes;
    try {
      const written = await this.#checkpointer.write((pages) => paced(this.#parts.clock, pages, this.#stop.signal));
      this.#journalBytes -= journalBytes;
      this.#checkpointAtBytes = checkpointJournalBytes;
      this.#alarms.clear();
      log.info(written, 'a checkpoint was written');
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      this.#checkpointAtBytes = journalBytes + checkpointJournalBytes * RETRY_PART;
      this.#raise('checkpoint', `${error.message}: no checkpoint could be written, so the journal keeps growing`);
    }
  }

  #raise(key: string, message: string): void {
    this.#alarms.set(key, message);
    this.#options.log.error({}, message);
  }
}
