import { type Network, silentLog } from '@tessera/env';
import { type SimulatedHost, type SimulatedProcess, SimulatedWorld } from '@tessera/env/simulated';
import { createSimulatedEngine, SimulatedKvStorage } from '@tessera/kv/simulated';
import {
  adminService,
  callMethod,
  clusterService,
  computeReceipt,
  encodeId,
  metadataService,
  PROTOCOL_VERSION,
  type ReceiptClaim,
  type TesseraError,
  type v1,
} from '@tessera/protocol';
import { type Metaserver, type MetaserverConfig, startMetaserver } from '../metaserver.js';

const ADDRESS = 'metaserver:7070';
const CALL_OPTIONS = { deadlineMs: 5_000 };

/** A whole metaserver in a simulated world; its clients and chunkservers are played by the test. */
export class SimulatedCluster {
  readonly world: SimulatedWorld;
  readonly fatal: TesseraError[] = [];
  clusterId = new Uint8Array();
  session = new Uint8Array();
  readonly #host: SimulatedHost;
  readonly #storage: SimulatedKvStorage;
  readonly #peer: SimulatedProcess;
  #process: SimulatedProcess;
  #metaserver: Metaserver | undefined;
  #sequence = 0;

  constructor(seed = 'cluster') {
    this.world = new SimulatedWorld({ seed });
    this.#host = this.world.host('metaserver');
    this.#storage = new SimulatedKvStorage(this.world.random.fork('kv'));
    this.#peer = this.world.host('peer').start('peer');
    this.#process = this.#host.start('metaserver');
  }

  get metaserver(): Metaserver {
    if (this.#metaserver === undefined) throw new Error('the metaserver does not run');
    return this.#metaserver;
  }

  /** What lies on the metaserver's disk, and what damages it. */
  get storedFiles() {
    return this.#host.disk;
  }

  /** The disk as the metaserver's process of the moment uses it. */
  get disk() {
    return this.#process.disk;
  }

  start(config: Partial<MetaserverConfig> = {}): Promise<void> {
    return this.world.drive(this.launch(config));
  }

  /** As `start`, for who lets time pass meanwhile. */
  async launch(config: Partial<MetaserverConfig> = {}): Promise<void> {
    const { clock, random, disk, network } = this.#process;
    const kv = createSimulatedEngine(this.#process, this.#storage);
    this.#metaserver = await startMetaserver(
      { clock, random, disk, network, kv, log: silentLog },
      { directory: 'meta', listen: ADDRESS, onFatal: (error) => void this.fatal.push(error), ...config },
    );
    this.clusterId = new Uint8Array(this.#metaserver.clusterId);
  }

  async stop(): Promise<void> {
    await this.world.drive(this.metaserver.close());
    this.#process.crash('kill');
    this.#process = this.#host.start('metaserver');
  }

  /** Power loss. */
  crash(): void {
    this.#process.crash('power');
    this.#process = this.#host.start('metaserver');
  }

  /** Lets virtual time pass. */
  async pass(ms: number): Promise<void> {
    await this.world.run({ untilMs: this.world.nowMs + ms });
  }

  context(changes: v1.RequestContext.$Properties = {}): v1.RequestContext.$Properties {
    return { protocolVersion: PROTOCOL_VERSION, clusterId: this.clusterId, session: this.session, ...changes };
  }

  /** Chunkserver `name` (1..255) registers; as a fresh disk unless told otherwise. */
  register(name: number, changes: v1.RegisterRequest.$Properties = {}): Promise<v1.RegisterReply> {
    return this.world.drive(this.sendRegister(name, changes));
  }

  /** As `register`; the answer comes when time passes. */
  sendRegister(name: number, changes: v1.RegisterRequest.$Properties = {}): Promise<v1.RegisterReply> {
    const request = {
      context: this.context({ clusterId: new Uint8Array() }),
      diskId: diskId(name),
      address: `chunk-${name}:7100`,
      labels: [{ key: 'host', value: `host-${name}` }],
      receiptKey: receiptKey(name),
      report: { capacityBytes: 1_000, freeBytes: 900, usedBytes: 100, shards: 3 },
      ...changes,
    };
    return callMethod(this.#peer.network, ADDRESS, clusterService.register, request, CALL_OPTIONS);
  }

  heartbeat(server: number, name = server, changes: v1.HeartbeatRequest.$Properties = {}): Promise<v1.HeartbeatReply> {
    return this.world.drive(this.sendHeartbeat(server, name, changes));
  }

  /** As `heartbeat`; the answer comes when time passes. */
  sendHeartbeat(server: number, name = server, changes: v1.HeartbeatRequest.$Properties = {}) {
    const request = { context: this.context(), server, diskId: diskId(name), report: {}, ...changes };
    return callMethod(this.#peer.network, ADDRESS, clusterService.heartbeat, request, CALL_OPTIONS);
  }

  map(knownVersion: v1.GetMapReply['version'] = 0): Promise<v1.GetMapReply> {
    const request = { context: this.context(), knownVersion };
    return this.#call((network, options) => callMethod(network, ADDRESS, clusterService.getMap, request, options));
  }

  status(): Promise<v1.ClusterStatusReply> {
    const request = { context: this.context() };
    return this.#call((network, options) => callMethod(network, ADDRESS, adminService.clusterStatus, request, options));
  }

  /** The session that mutations run in from now on. */
  async openSession(nonce = 9): Promise<void> {
    const request = { context: this.context(), clientName: 'test', nonce: new Uint8Array(16).fill(nonce) };
    const { session } = await this.#call((network, options) =>
      callMethod(network, ADDRESS, metadataService.openSession, request, options),
    );
    this.session = new Uint8Array(session);
  }

  /** One mutation in a batch of its own. */
  async mutate(
    operation: v1.Operation.$Properties,
  ): Promise<{ result: v1.OperationResult.$Properties; mapVersion: number }> {
    return this.#operate({ ...operation, sequence: ++this.#sequence });
  }

  /** One read in a batch of its own. */
  async read(operation: v1.Operation.$Properties): Promise<v1.OperationResult.$Properties> {
    return (await this.#operate(operation)).result;
  }

  async closeSession(): Promise<void> {
    const request = { context: this.context() };
    await this.#call((network, options) =>
      callMethod(network, ADDRESS, metadataService.closeSession, request, options),
    );
  }

  async #operate(operation: v1.Operation.$Properties) {
    const request = { context: this.context(), operations: [operation] };
    const { results, mapVersion } = await this.#call((network, options) =>
      callMethod(network, ADDRESS, metadataService.batch, request, options),
    );
    return { result: results[0] ?? {}, mapVersion: Number(mapVersion) };
  }

  #call<Reply>(body: (network: Network, options: { deadlineMs: number }) => Promise<Reply>): Promise<Reply> {
    return this.world.drive(body(this.#peer.network, CALL_OPTIONS));
  }
}

export function diskId(name: number): Uint8Array {
  return new Uint8Array(16).fill(name);
}

function receiptKey(name: number): Uint8Array {
  return new Uint8Array(32).fill(name);
}

/** A slot with the receipt of the chunkserver of that number, which is its name too. */
export function signedSlot(claim: ReceiptClaim): v1.SlotWrite.$Properties {
  const { position, length, root, server, durability } = claim;
  const receipt = computeReceipt(receiptKey(server), claim);
  return { position, length, root: encodeId(root), server, receipt, durability };
}
