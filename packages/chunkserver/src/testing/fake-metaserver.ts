import type { Listener, Network } from '@tessera/env';
import { addHandlers, clusterService, type TesseraError, v1 } from '@tessera/protocol';

/** Stands in for a metaserver: registers whoever comes and remembers what was said. */
export class FakeMetaserver {
  readonly clusterId: Uint8Array;
  readonly registrations: v1.RegisterRequest[] = [];
  readonly heartbeats: v1.HeartbeatRequest[] = [];
  /** Thrown at the next calls. */
  failure: TesseraError | undefined;
  witness: { era: number; lsn: number } = { era: 1, lsn: 1 };
  heartbeatMs = 50;
  server = 7;

  constructor(clusterId = new Uint8Array(16).fill(0xc1)) {
    this.clusterId = clusterId;
  }

  serve(network: Network, address: string): Promise<Listener> {
    const handlers = new Map();
    addHandlers(
      handlers,
      clusterService,
      {
        register: async (request) => {
          if (this.failure) throw this.failure;
          this.registrations.push(request);
          const { clusterId, server, heartbeatMs } = this;
          return v1.RegisterReply.create({ clusterId, server, heartbeatMs, witness: this.#witness() });
        },
        heartbeat: async (request) => {
          if (this.failure) throw this.failure;
          this.heartbeats.push(request);
          return v1.HeartbeatReply.create({ heartbeatMs: this.heartbeatMs, witness: this.#witness() });
        },
        getMap: async () => v1.GetMapReply.create({}),
      },
      () => {},
    );
    return network.serve(address, handlers);
  }

  #witness() {
    return { ...this.witness, chain: new Uint8Array(32).fill(this.witness.lsn) };
  }
}
