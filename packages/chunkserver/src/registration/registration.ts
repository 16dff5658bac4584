import { type Clock, DiskError, type Log, type Network, type Random, randomUnit, sleep } from '@tessera/env';
import {
  CLUSTER_ID_BYTES,
  callMethod,
  clusterService,
  ERA_MAX,
  type ErrorCode,
  PROTOCOL_VERSION,
  TesseraError,
  toSafeNumber,
  v1,
} from '@tessera/protocol';
import type { IdentityFile } from '../disk/identity-file.js';
import type { WitnessFile } from '../disk/witness-file.js';
import type { ShardStore } from '../store/shard-store.js';
import { CALL_MS_MAX, HEARTBEAT_MS_MAX, HEARTBEAT_MS_MIN, RETRY_MS_MAX, RETRY_MS_MIN } from './limits.js';
import { reportToWire, witnessToWire } from './server-report.js';

/** Refusals that no retry changes: an administrator must act. */
const FATAL_CODES: ReadonlySet<ErrorCode> = new Set(['WRONG_CLUSTER', 'WRONG_VERSION', 'DISK_REFUSED']);

export interface RegistrationOptions {
  clock: Clock;
  random: Random;
  network: Network;
  log: Log;
  store: ShardStore;
  identity: IdentityFile;
  witness: WitnessFile;
  /** host:port of the metaserver. */
  metaserver: string;
  /** host:port where clients reach the data plane. */
  address: string;
  labels: readonly { key: string; value: string }[];
  /** The metaserver has refused this disk for good. */
  onFatal: (error: TesseraError) => void;
}

/** Makes this disk known to the metaserver and reports to it for as long as the process lives. */
export class Registration {
  readonly #options: RegistrationOptions;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #isRegistered = false;
  #lastError: TesseraError | undefined;

  constructor(options: RegistrationOptions) {
    this.#options = options;
  }

  /** Whether the last call to the metaserver went well. */
  get isRegistered(): boolean {
    return this.#isRegistered;
  }

  /** Why the metaserver cannot be reached, or refuses; undefined while all is well. */
  get lastError(): TesseraError | undefined {
    return this.#lastError;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Resolves once nothing is under way any more. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, random } = this.#options;
    const { signal } = this.#stop;
    let retryMs = RETRY_MS_MIN;
    while (!signal.aborted) {
      try {
        let heartbeatMs = await this.#register();
        retryMs = RETRY_MS_MIN;
        for (;;) {
          await sleep(clock, heartbeatMs, signal);
          heartbeatMs = await this.#heartbeat();
        }
      } catch (thrown) {
        if (signal.aborted) return;
        const error = TesseraError.from(thrown);
        this.#failed(error);
        if (FATAL_CODES.has(error.code)) return this.#options.onFatal(error);
        await sleep(clock, retryMs * (0.5 + randomUnit(random) / 2), signal).catch(() => {});
        retryMs = Math.min(RETRY_MS_MAX, retryMs * 2);
      }
    }
  }

  /** Returns the time to the next heartbeat. */
  async #register(): Promise<number> {
    const { network, metaserver, store, identity, witness, address, labels, log } = this.#options;
    await store.measureSpace();
    const { diskId, receiptKey, eraSeen } = identity.current;
    const request = v1.RegisterRequest.create({
      context: this.#context(),
      diskId,
      address,
      labels: labels.map(({ key, value }) => ({ key, value })),
      receiptKey,
      report: reportToWire(store.report(), store.nextDoubtful()),
      witness: witnessToWire(witness.current),
      eraSeen,
    });
    const reply = await callMethod(network, metaserver, clusterService.register, request, this.#callOptions());
    await this.#join(reply);
    await this.#note(reply.witness);
    if (!this.#isRegistered) log.info({ metaserver, server: reply.server, address }, 'registered with the metaserver');
    this.#isRegistered = true;
    this.#lastError = undefined;
    return clampHeartbeat(reply.heartbeatMs);
  }

  async #heartbeat(): Promise<number> {
    const { network, metaserver, store, identity, witness, address } = this.#options;
    await store.measureSpace();
    const { diskId, server } = identity.current;
    const request = v1.HeartbeatRequest.create({
      context: this.#context(),
      server,
      diskId,
      report: reportToWire(store.report(), store.nextDoubtful()),
      witness: witnessToWire(witness.current),
      address,
    });
    const reply = await callMethod(network, metaserver, clusterService.heartbeat, request, this.#callOptions());
    await this.#note(reply.witness);
    return clampHeartbeat(reply.heartbeatMs);
  }

  /** A fresh disk becomes one of the cluster; any other must find its own. */
  async #join({ clusterId, server }: v1.RegisterReply): Promise<void> {
    const { identity, log, metaserver } = this.#options;
    const { current } = identity;
    if (clusterId.length !== CLUSTER_ID_BYTES || server < 1) {
      throw new TesseraError('INTERNAL', `the metaserver at ${metaserver} gave no cluster id or no server number`);
    }
    if (current.clusterId !== undefined && Buffer.compare(current.clusterId, clusterId) !== 0) {
      throw new TesseraError(
        'WRONG_CLUSTER',
        `this disk belongs to cluster ${hex(current.clusterId)}, the metaserver at ${metaserver} to ${hex(clusterId)}: check --metaserver, or start on an empty directory`,
      );
    }
    if (current.clusterId !== undefined && current.server === server) return;
    await identity.change({ clusterId: clusterId.slice(), server });
    log.info({ cluster: hex(clusterId), server }, 'the disk has joined the cluster');
  }

  /** Keeps what the metaserver says of its journal; one of an older era is not listened to. */
  async #note(wire: v1.JournalWitness.$Properties | null | undefined): Promise<void> {
    const { identity, witness, metaserver, log } = this.#options;
    const era = wire?.era ?? 0;
    if (wire === null || wire === undefined || era === 0) return;
    if (era > ERA_MAX) throw new TesseraError('INTERNAL', `the metaserver at ${metaserver} says it is of era ${era}`);
    if (era < identity.current.eraSeen) {
      throw new TesseraError(
        'DEPOSED',
        `the metaserver at ${metaserver} is of era ${era}; this disk has seen era ${identity.current.eraSeen}: another one has taken over`,
      );
    }
    const lsn = toSafeNumber(wire.lsn);
    try {
      await identity.sawEra(era);
      await witness.note({ era, lsn, chain: wire.chain?.slice() ?? new Uint8Array(0) });
    } catch (error) {
      // A disk that takes no writes any more must still say so with every heartbeat.
      if (!(error instanceof DiskError)) throw error;
      log.warn({ reason: error.message }, 'cannot keep what the metaserver says of its journal');
    }
  }

  #failed(error: TesseraError): void {
    const { log, metaserver } = this.#options;
    if (this.#lastError?.code !== error.code) {
      log.warn({ metaserver, code: error.code, reason: error.message }, 'no word from the metaserver: trying on');
    }
    this.#isRegistered = false;
    this.#lastError = error;
  }

  #context(): v1.RequestContext.$Properties {
    const { clusterId } = this.#options.identity.current;
    return { protocolVersion: PROTOCOL_VERSION, clusterId: clusterId ?? new Uint8Array(0) };
  }

  #callOptions() {
    return { deadlineMs: CALL_MS_MAX, signal: this.#stop.signal };
  }
}

function clampHeartbeat(heartbeatMs: number): number {
  return Math.min(HEARTBEAT_MS_MAX, Math.max(HEARTBEAT_MS_MIN, heartbeatMs));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
