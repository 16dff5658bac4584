import type { SimulatedProcess, WorldOptions } from '@tessera/env/simulated';
import { CLUSTER_ID_BYTES, type TesseraError } from '@tessera/protocol';
import { type Chunkserver, type ChunkserverConfig, startChunkserver } from '../chunkserver.js';
import { FakeMetaserver } from './fake-metaserver.js';
import { Peer } from './peer.js';
import { DIRECTORY, SimulatedMachine } from './simulated-host.js';

export const CLUSTER_ID = new Uint8Array(CLUSTER_ID_BYTES).fill(0xc1);

/** A chunkserver, a stand-in for its metaserver and a client's machine, all simulated. */
export class SimulatedChunkserver extends SimulatedMachine {
  readonly metaserver = new FakeMetaserver(CLUSTER_ID);
  readonly client: SimulatedProcess;
  readonly fatal: TesseraError[] = [];
  running: Chunkserver | undefined;

  constructor(options: WorldOptions) {
    super(options);
    this.client = this.world.host('client').start('client');
  }

  /** Starts the metaserver and the chunkserver, and waits until it has joined. */
  async start(config: Partial<ChunkserverConfig> = {}): Promise<Chunkserver> {
    const meta = this.world.host('meta').start('metaserver');
    await this.drive(this.metaserver.serve(meta.network, 'meta:7070'));
    const running = await this.startAlone(config);
    await this.until(() => running.health().fields.registered === true);
    return running;
  }

  /** Starts the chunkserver, whether or not there is a metaserver. */
  async startAlone(config: Partial<ChunkserverConfig> = {}): Promise<Chunkserver> {
    this.running = await this.drive(
      startChunkserver(
        { ...this.env, network: this.process.network },
        {
          directory: DIRECTORY,
          metaserver: 'meta:7070',
          listen: 'host-1:7100',
          labels: [{ key: 'host', value: 'host-1' }],
          logFileBytes: 1024 ** 2,
          onFatal: (error) => this.fatal.push(error),
          ...config,
        },
      ),
    );
    return this.running;
  }

  /** A connection that has said HELLO. */
  async peer(clusterId = CLUSTER_ID): Promise<Peer> {
    const peer = await this.connect();
    await this.drive(peer.hello(clusterId));
    return peer;
  }

  connect(): Promise<Peer> {
    return this.drive(Peer.connect(this.client.network, 'host-1:7100'));
  }

  async pass(ms: number): Promise<void> {
    await this.world.run({ untilMs: this.world.nowMs + ms });
  }
}
