import type { Client, ClientEnv } from '@tessera/client';
import { codedError } from '../oracle/coded-error.js';
import { OracleViolation } from '../oracle/violation.js';
import { meaningOf } from './answers.js';
import { ClientDied } from './client-died.js';
import type { ClientHost, ClientProcess } from './client-host.js';

const RETRY_MS = 50;
const FROZEN_POLL_MS = 1_000;

/** A client on a host of its own, through all its incarnations. */
export class Worker {
  readonly #host: ClientHost;
  #process: ClientProcess | undefined;
  #client: Client | undefined;
  #died: Promise<never> = new Promise(() => {});
  #connecting: Promise<void> | undefined;

  constructor(host: ClientHost) {
    this.#host = host;
  }

  /** The name of its host. */
  get host(): string {
    return this.#host.name;
  }

  get client(): Client {
    if (this.#client === undefined) throw new TypeError(`${this.host} is not connected`);
    return this.#client;
  }

  /** Of the present incarnation. */
  get env(): ClientEnv {
    const env = this.#process?.env;
    if (env === undefined) throw new TypeError(`${this.host} has no process in this world`);
    return env;
  }

  get isConnected(): boolean {
    return this.#client !== undefined;
  }

  /** Rejects with ClientDied when the present incarnation does. */
  get died(): Promise<never> {
    return this.#died;
  }

  /** Starts the process, if there is none, and connects, however often that takes. Nobody uses one that stands still. */
  async connect(): Promise<void> {
    while (this.#process?.frozen?.()) await this.rest(FROZEN_POLL_MS);
    if (this.isConnected) return;
    await this.#dial();
  }

  #dial(): Promise<void> {
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  /** A client that is not connected has nothing to give back. */
  async close(): Promise<void> {
    await this.#client?.close();
  }

  crash(): void {
    this.#process?.crash();
  }

  /** The process stands still: see SimulatedProcess. */
  freeze(): void {
    this.#process?.freeze?.();
  }

  thaw(): void {
    this.#process?.thaw?.();
  }

  /** Lets time pass, whether or not the client lives. */
  rest(ms: number): Promise<void> {
    return this.#host.rest(ms);
  }

  /** Does something with the client, however often that takes. @throws OracleViolation */
  async insist(what: string, act: (client: Client) => Promise<boolean>): Promise<void> {
    await this.#try(what, async () => {
      await this.connect();
      return Promise.race([act(this.client), this.#died]);
    });
  }

  /** Tries until it is done, through all that trouble explains. @throws OracleViolation */
  async #try(what: string, attempt: () => Promise<boolean>): Promise<void> {
    for (;;) {
      try {
        if (await attempt()) return;
      } catch (thrown) {
        if (thrown instanceof ClientDied) continue;
        const error = codedError(thrown);
        const meaning = meaningOf(error.code);
        if (meaning !== 'unanswered' && meaning !== 'not done') {
          throw new OracleViolation(`${what}: ${error.code}: ${error.message}`, { cause: error });
        }
      }
      await this.rest(RETRY_MS);
    }
  }

  async #connect(): Promise<void> {
    await this.#try(`connecting ${this.host}`, async () => {
      if (!this.#process?.alive) this.#start();
      const process = this.#process as ClientProcess;
      this.#client = await Promise.race([process.connect(), this.#died]);
      return true;
    });
  }

  #start(): void {
    const process = this.#host.start();
    this.#process = process;
    this.#died = new Promise((_, reject) => {
      process.onCrash(() => {
        this.#client = undefined;
        reject(new ClientDied(`${this.host} has died`));
      });
    });
    // Whoever works with it looks at it.
    this.#died.catch(() => {});
  }
}
