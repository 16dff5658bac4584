import type { Clock, Log } from '@tessera/env';
import { layoutToWire, TesseraError, v1 } from '@tessera/protocol';
import type { Locality } from '../cluster/locality.js';
import {
  LEASE_AGE_MS_MAX,
  LEASE_FAST_MS,
  LEASE_IDLE_MS_MAX,
  LEASE_PGS,
  LEASE_STRIPES_PER_PG_MAX,
  LEASE_STRIPES_PER_PG_MIN,
} from '../limits.js';
import type { OperationSink } from '../metadata/batcher.js';
import type { Scopes } from '../scope.js';
import { Lease } from './lease.js';
import type { StripePolicy } from './policy.js';

export interface LeasePoolParts {
  readonly clock: Clock;
  readonly batcher: OperationSink;
  readonly scopes: Scopes;
  readonly log: Log;
  readonly locality: Pick<Locality, 'require'>;
}

/** A stripe id and the lease it came from. */
export interface TakenId {
  readonly pool: LeasePool;
  readonly lease: Lease;
  readonly pg: number;
  /** 8 bytes. */
  readonly stripe: Uint8Array;
}

/** Stripe ids for one policy, asked for before they run out. */
export class LeasePool {
  readonly #parts: LeasePoolParts;
  readonly #policy: StripePolicy;
  #leases: Lease[] = [];
  /** By the group that ids are asked for in; undefined: in any. */
  readonly #granting = new Map<number | undefined, Promise<void>>();
  #homes: readonly number[] = [];
  #stripesPerPg = LEASE_STRIPES_PER_PG_MIN;
  #grantedIds = 0;
  #turn = 0;

  constructor(parts: LeasePoolParts, policy: StripePolicy) {
    this.#parts = parts;
    this.#policy = policy;
  }

  get isEmpty(): boolean {
    return this.#leases.length === 0 && this.#granting.size === 0;
  }

  /** The groups that the metaserver named when it could choose, with ids left or not. */
  get homes(): readonly number[] {
    return this.#homes;
  }

  /** Whether more ids in this group are on their way, perhaps. */
  isAsking(pg: number): boolean {
    return this.#granting.has(pg);
  }

  /** Placement groups with ids left, another one in front each time. */
  groups(): number[] {
    const nowMs = this.#parts.clock.monotonicMs();
    const groups: number[] = [];
    for (const lease of this.#leases) {
      if (!lease.isValid(nowMs)) continue;
      for (const pg of lease.groups()) if (!groups.includes(pg)) groups.push(pg);
    }
    const start = groups.length === 0 ? 0 : this.#turn++ % groups.length;
    return [...groups.slice(start), ...groups.slice(0, start)];
  }

  /** An id in a group that `groups` named in this turn of the event loop. */
  take(pg: number): TakenId {
    const nowMs = this.#parts.clock.monotonicMs();
    for (const lease of this.#leases) {
      if (!lease.isValid(nowMs)) continue;
      const stripe = lease.take(pg, nowMs);
      if (stripe === undefined) continue;
      if (this.#idsLeft() * 4 <= this.#grantedIds) this.refill().catch(() => {});
      if (this.#policy.linesUp && this.#idsLeft(pg) * 4 <= this.#stripesPerPg) this.refill(pg).catch(() => {});
      return { pool: this, lease, pg, stripe };
    }
    throw new TesseraError('INTERNAL', `no stripe id is left in placement group ${pg}`);
  }

  /**
   * Resolves when new ids have come, in this group if it is named and takes writes.
   * @throws TesseraError: why the metaserver grants none
   */
  refill(wanted?: number): Promise<void> {
    const asked = this.#granting.get(wanted);
    if (asked !== undefined) return asked;
    const granting = this.#grant(wanted).finally(() => this.#granting.delete(wanted));
    this.#granting.set(wanted, granting);
    return granting;
  }

  /** The metaserver says that the lease is closed: what is left of it is void. */
  drop(lease: Lease): void {
    lease.retire();
    this.#leases = this.#leases.filter((other) => other !== lease);
  }

  /** The session that held them has ended. */
  dropAll(): void {
    for (const lease of this.#leases) lease.retire();
    this.#leases = [];
  }

  settle({ lease }: TakenId): void {
    lease.settle();
    if (lease.idsLeft === 0 && lease.unsettled === 0) this.#giveBack(lease);
  }

  /** Renews what is in use, gives back what is used up, old or idle. */
  check(): void {
    const nowMs = this.#parts.clock.monotonicMs();
    for (const lease of [...this.#leases]) {
      const idle = lease.unsettled === 0 && nowMs - lease.lastUsedMs > LEASE_IDLE_MS_MAX;
      if (idle || nowMs - lease.grantedAtMs > LEASE_AGE_MS_MAX) lease.retire();
      if (lease.idsLeft === 0 && lease.unsettled === 0) this.#giveBack(lease);
      else if (lease.wantsRenewal(nowMs)) void this.#renew(lease);
    }
  }

  /** Gives all leases back; what is pending under them ends. */
  async close(): Promise<void> {
    const leases = this.#leases;
    this.#leases = [];
    await Promise.all(leases.map((lease) => this.#close(lease)));
  }

  /** In one group, or in all. */
  #idsLeft(pg?: number): number {
    let left = 0;
    for (const lease of this.#leases) left += pg === undefined ? lease.idsLeft : lease.idsLeftIn(pg);
    return left;
  }

  async #grant(wanted: number | undefined): Promise<void> {
    const { clock, batcher, scopes } = this.#parts;
    const { layout } = this.#policy;
    const isLocal = layout.serverOrder === v1.ServerOrder.SERVER_ORDER_LOCAL;
    const anyOf = isLocal ? this.#parts.locality.require() : undefined;
    const askedAtMs = clock.monotonicMs();
    const newest = this.#leases.at(-1);
    if (newest !== undefined && askedAtMs - newest.grantedAtMs < LEASE_FAST_MS) {
      this.#stripesPerPg = Math.min(LEASE_STRIPES_PER_PG_MAX, this.#stripesPerPg * 2);
    }
    const grant = await scopes.run('asking for stripe ids', undefined, (scope) =>
      batcher.submit(
        'grantLease',
        {
          layout: layoutToWire(layout),
          pgs: wanted === undefined ? LEASE_PGS : 1,
          stripesPerPg: this.#stripesPerPg,
          ...(anyOf === undefined ? {} : { anyOf }),
          ...(wanted === undefined ? {} : { wantedPgs: [wanted] }),
        },
        scope,
      ),
    );
    const lease = new Lease(grant, askedAtMs);
    if (lease.idsLeft === 0) throw new TesseraError('INTERNAL', 'the metaserver granted a lease without stripe ids');
    this.#grantedIds = lease.idsLeft;
    if (wanted === undefined) this.#homes = [...lease.groups()];
    this.#leases.push(lease);
  }

  async #renew(lease: Lease): Promise<void> {
    const { clock, batcher, scopes, log } = this.#parts;
    const askedAtMs = clock.monotonicMs();
    try {
      const renewed = await scopes.run('renewing a lease', undefined, (scope) =>
        batcher.submit('renewLease', { lease: lease.id }, scope),
      );
      lease.renewed(renewed.leaseMs ?? 0, askedAtMs);
    } catch (thrown) {
      const error = TesseraError.from(thrown);
      log.debug({ error: error.message }, 'a lease could not be renewed');
      if (error.code === 'LEASE_CLOSED' || error.code === 'COMMIT_REFUSED') this.drop(lease);
    }
  }

  #giveBack(lease: Lease): void {
    if (!this.#leases.includes(lease)) return;
    this.drop(lease);
    void this.#close(lease);
  }

  async #close(lease: Lease): Promise<void> {
    const { batcher, scopes, log } = this.#parts;
    try {
      await scopes.run('giving a lease back', undefined, (scope) =>
        batcher.submit('closeLease', { lease: lease.id }, scope),
      );
    } catch (error) {
      // It runs out by itself.
      log.debug({ error: TesseraError.from(error).message }, 'a lease could not be given back');
    }
  }
}
