import { setTimeout as sleep } from 'node:timers/promises';
import { TesseraError } from '@tessera/protocol';
import type { Client } from '../api.js';
import type { FileLedger, LedgerFile } from './file-ledger.js';

const POLL_MS = 2;
/** After a failure a writer takes a breath. */
const RETRY_MS = 20;
/** A cluster that acknowledges no more than a few puts in so long hangs. */
const PROGRESS_MS_MAX = 120_000;

/** Writers that put one new file after the other, each waiting for its answer. */
export class Writers {
  readonly #ledger: FileLedger;
  readonly #tasks: Promise<void>[];
  readonly #patience: AbortController[] = [];
  #stopping = false;
  #failure: unknown;
  /** Puts that were acknowledged, … */
  acknowledged = 0;
  /** … and those that failed, by error code. */
  readonly failures = new Map<string, number>();

  /** `count` writers, shared out among the clients. */
  constructor(ledger: FileLedger, clients: readonly Client[], count: number) {
    this.#ledger = ledger;
    this.#tasks = Array.from({ length: count }, async (_, index) => {
      const controller = new AbortController();
      this.#patience.push(controller);
      try {
        await this.#write(clients[index % clients.length] as Client, controller.signal);
      } catch (error) {
        this.#failure ??= error;
      }
    });
  }

  /** Resolves once so many more puts have been acknowledged. */
  async progress(count: number): Promise<void> {
    const goal = this.acknowledged + count;
    const giveUpAt = performance.now() + PROGRESS_MS_MAX;
    while (this.acknowledged < goal) {
      if (this.#failure !== undefined) throw this.#failure;
      if (performance.now() > giveUpAt)
        throw new Error(`${this.acknowledged} acknowledged, not ${goal}: ${this.outcomes()}`);
      await sleep(POLL_MS);
    }
  }

  /** How the puts that failed did. */
  outcomes(): string {
    return [...this.failures].map(([code, count]) => `${count} ${code}`).join(', ') || 'none';
  }

  /** Some writers wait no longer for what they have under way, and put nothing more. */
  giveUp(count: number): void {
    for (const controller of this.#patience.slice(0, count)) controller.abort();
  }

  /** Every writer ends with the answer to what it has under way. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#tasks);
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #write(client: Client, signal: AbortSignal): Promise<void> {
    while (!this.#stopping && !signal.aborted) await this.#put(client, this.#ledger.next(), signal);
  }

  async #put(client: Client, file: LedgerFile, signal: AbortSignal): Promise<void> {
    try {
      await client.putFile(file.path, file.content, { signal });
    } catch (error) {
      if (!(error instanceof TesseraError)) throw error;
      this.failures.set(error.code, (this.failures.get(error.code) ?? 0) + 1);
      await sleep(RETRY_MS);
      return;
    }
    file.owed = true;
    this.acknowledged++;
  }
}
