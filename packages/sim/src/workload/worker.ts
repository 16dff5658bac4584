import { type Client, type ClientEnv, connect } from '@tessera/client';
import type { SimulatedProcess, SimulatedWorld } from '@tessera/env/simulated';
import { codedError } from '../oracle/coded-error.js';
import { OracleViolation } from '../oracle/violation.js';
import { meaningOf } from './answers.js';
import { ClientDied } from './client-died.js';

const RETRY_MS = 50;
/** Chunkservers that layouts take for local ones. */
const NEAR = ['host-1', 'host-2'];

/** A client on a host of its own, through all its incarnations. */
export class Worker {
  readonly host: string;
  readonly #world: SimulatedWorld;
  readonly #metaserver: string;
  #process: SimulatedProcess | undefined;
  #client: Client | undefined;
  #died: Promise<never> = new Promise(() => {});
  #connecting: Promise<void> | undefined;

  constructor(world: SimulatedWorld, metaserver: string, host: string) {
    this.#world = world;
    this.#metaserver = metaserver;
    this.host = host;
    world.host(host);
  }

  get client(): Client {
    if (this.#client === undefined) throw new TypeError(`${this.host} is not connected`);
    return this.#client;
  }

  /** Of the present incarnation. */
  get env(): ClientEnv {
    if (this.#process === undefined) throw new TypeError(`${this.host} has no process`);
    return this.#process;
  }

  get isConnected(): boolean {
    return this.#client !== undefined;
  }

  /** Rejects with ClientDied when the present incarnation does. */
  get died(): Promise<never> {
    return this.#died;
  }

  /** Starts the process, if there is none, and connects, however often that takes. */
  connect(): Promise<void> {
    if (this.isConnected) return Promise.resolve();
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
    this.#process?.crash('kill');
  }

  /** Lets time pass, whether or not the client lives. */
  rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#world.scheduler.schedule(ms, resolve);
    });
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
      const process = this.#process as SimulatedProcess;
      const connected = connect({ metaserver: this.#metaserver, env: process, name: this.host, hostNames: NEAR });
      this.#client = await Promise.race([connected, this.#died]);
      return true;
    });
  }

  #start(): void {
    const process = this.#world.host(this.host).start(this.host);
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
