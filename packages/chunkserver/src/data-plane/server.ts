import type { Clock, Connection, ConnectionEvents, Listener, Log, Network, Timer } from '@tessera/env';
import { ByteBudget } from './byte-budget.js';
import { FaultLog } from './fault-log.js';
import { type DataPlaneLimits, RECLAIM_MS, STALL_CHECK_MS } from './limits.js';
import { DataPlaneMeter } from './meter.js';
import type { Service } from './service.js';
import { Session } from './session.js';

/** Serves shards to whoever connects. */
export class DataPlane {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #service: Service;
  readonly #faults: FaultLog;
  readonly #limits: DataPlaneLimits;
  readonly #bodies: ByteBudget;
  readonly #headers: ByteBudget;
  readonly meter = new DataPlaneMeter();
  readonly #sessions = new Set<Session>();
  readonly #pending = new Set<Session>();
  #listener: Listener | undefined;
  #stallTimer: Timer | undefined;
  #reclaimTimer: Timer | undefined;
  #closed = false;

  constructor(env: { clock: Clock; log: Log }, service: Service, limits: DataPlaneLimits) {
    this.#clock = env.clock;
    this.#log = env.log;
    this.#service = service;
    this.#limits = limits;
    this.#bodies = new ByteBudget(limits.bodyBytesPerServerMax);
    this.#headers = new ByteBudget(limits.headerBytesPerServerMax);
    this.#faults = new FaultLog(env.clock, env.log);
  }

  /** Starts listening; returns the bound address. @throws NetworkError ADDRESS_IN_USE, ADDRESS_INVALID */
  async listen(network: Network, address: string): Promise<string> {
    this.#listener = await network.listen(address, (connection) => this.#accept(connection));
    return this.#listener.address;
  }

  get limits(): DataPlaneLimits {
    return this.#limits;
  }

  get connections(): number {
    return this.#sessions.size;
  }

  /** Connections closed for faults of their peers so far. */
  get faults(): number {
    return this.#faults.total;
  }

  /** Memory held by request and reply bodies, in bytes. */
  get bodyBytes(): number {
    return this.#bodies.usedBytes;
  }

  /** Memory held by requests without their bodies, in bytes. */
  get headerBytes(): number {
    return this.#headers.usedBytes;
  }

  /** Stops listening and breaks all connections; requests in work go on without them. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#stallTimer?.cancel();
    this.#reclaimTimer?.cancel();
    await this.#listener?.close();
  }

  #accept(connection: Connection): ConnectionEvents {
    const { connectionsMax } = this.#limits;
    if (this.#sessions.size >= connectionsMax) {
      this.#faults.closed(connection.remote, '', `${connectionsMax} connections are open: no more are taken`);
      connection.destroy();
      return { data() {}, drain() {}, close() {} };
    }
    const session: Session = new Session({
      clock: this.#clock,
      service: this.#service,
      bodies: this.#bodies,
      headers: this.#headers,
      limits: this.#limits,
      meter: this.meter,
      connection,
      onFault: (remote, peer, reason) => this.#faults.closed(remote, peer, reason),
      onBug: (error) => this.#log.error({ error }, 'a request failed unexpectedly'),
      onClosed: (closed) => {
        this.#sessions.delete(closed);
        this.#pending.delete(closed);
      },
      onPending: () => {
        this.#pending.add(session);
        this.#reclaimLater();
      },
    });
    this.#sessions.add(session);
    this.#checkStallsLater();
    return session;
  }

  #checkStallsLater(): void {
    if (this.#closed) return;
    this.#stallTimer ??= this.#clock.schedule(STALL_CHECK_MS, () => {
      this.#stallTimer = undefined;
      for (const session of this.#sessions) session.checkStall();
      if (this.#sessions.size > 0) this.#checkStallsLater();
    });
  }

  #reclaimLater(): void {
    if (this.#closed) return;
    this.#reclaimTimer ??= this.#clock.schedule(RECLAIM_MS, () => {
      this.#reclaimTimer = undefined;
      for (const session of this.#pending) if (!session.reclaim()) this.#pending.delete(session);
      if (this.#pending.size > 0) this.#reclaimLater();
    });
  }
}
