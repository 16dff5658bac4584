import { silentLog } from '@tessera/env';
import { type SimulatedProcess, SimulatedWorld } from '@tessera/env/simulated';
import { createSimulatedEngine, SimulatedKvStorage } from '@tessera/kv/simulated';
import {
  callMethod,
  decodeId,
  encodeId,
  type Id,
  metadataService,
  PROTOCOL_VERSION,
  TesseraError,
  v1,
} from '@tessera/protocol';
import { type Metaserver, startMetaserver } from '../metaserver.js';

const ADDRESS = 'metaserver:7000';
/** How long a caller waits before it asks again. */
const CALL_MS = 50;

/** A whole metaserver on simulated disk and network, and one client that asks until it is answered. */
export class PersistentClient {
  readonly world: SimulatedWorld;
  readonly #client: SimulatedProcess;
  readonly #kv: SimulatedKvStorage;
  #process: SimulatedProcess | undefined;
  metaserver: Metaserver | undefined;
  session: Id = 0n;
  sequence = 0;
  acknowledgedBelow = 0;

  constructor(seed: number) {
    this.world = new SimulatedWorld({
      seed,
      network: { lossChance: 0.03, duplicateChance: 0.15, stragglerChance: 0.15 },
    });
    this.#client = this.world.host('client').start('client');
    this.#kv = new SimulatedKvStorage(this.world.random.fork('kv'));
  }

  /** Starts the metaserver, also where it crashed before. */
  async start(): Promise<void> {
    const process = this.world.host('metaserver').start('metaserver');
    this.#process = process;
    const env = {
      clock: process.clock,
      random: process.random,
      disk: process.disk,
      network: process.network,
      kv: createSimulatedEngine(process, this.#kv),
      log: silentLog,
    };
    this.metaserver = await startMetaserver(env, {
      directory: '/metaserver',
      listen: ADDRESS,
      onFatal(error) {
        throw error;
      },
    });
  }

  /** Power loss and a new start, after nothing that was sent before is under way any more. */
  async restart(): Promise<void> {
    this.#process?.crash('power');
    await this.pass(CALL_MS);
    await this.start();
  }

  async pass(ms: number): Promise<void> {
    await new Promise<void>((resolve) => this.#client.clock.schedule(ms, resolve));
  }

  async openSession(): Promise<void> {
    const reply = await this.#persist(() =>
      callMethod(
        this.#client.network,
        ADDRESS,
        metadataService.openSession,
        v1.OpenSessionRequest.create({ context: this.#context(), nonce: new Uint8Array(16).fill(5) }),
        { deadlineMs: CALL_MS },
      ),
    );
    this.session = decodeId(reply.session);
  }

  /** Runs one operation, under its sequence as often as it takes to have an answer. */
  async run(operation: v1.Operation.$Properties): Promise<v1.OperationResult.$Properties> {
    const request = v1.BatchRequest.create({
      context: this.#context(),
      acknowledgedBelow: this.acknowledgedBelow,
      operations: [operation],
    });
    const reply = await this.#persist(() =>
      callMethod(this.#client.network, ADDRESS, metadataService.batch, request, { deadlineMs: CALL_MS }),
    );
    return reply.results[0] ?? {};
  }

  async #persist<T>(call: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await call();
      } catch (thrown) {
        const { code } = TesseraError.from(thrown);
        if (code !== 'UNAVAILABLE' && code !== 'DEADLINE_EXCEEDED') throw thrown;
        await this.pass(1);
      }
    }
  }

  #context(): v1.RequestContext.$Properties {
    return { protocolVersion: PROTOCOL_VERSION, session: this.session === 0n ? null : encodeId(this.session) };
  }
}
