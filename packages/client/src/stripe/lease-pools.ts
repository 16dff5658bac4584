import type { Timer } from '@tessera/env';
import { LEASE_CHECK_MS } from '../limits.js';
import { LeasePool, type LeasePoolParts } from './lease-pool.js';
import type { StripePolicy } from './policy.js';

/** The lease pools of all policies in use, looked after by one timer. */
export class LeasePools {
  readonly #parts: LeasePoolParts;
  readonly #pools = new Map<string, LeasePool>();
  #timer: Timer | undefined;
  #closed = false;

  constructor(parts: LeasePoolParts) {
    this.#parts = parts;
  }

  of(policy: StripePolicy): LeasePool {
    let pool = this.#pools.get(policy.key);
    if (pool === undefined) {
      pool = new LeasePool(this.#parts, policy);
      this.#pools.set(policy.key, pool);
    }
    if (this.#timer === undefined && !this.#closed) this.#arm();
    return pool;
  }

  dropAll(): void {
    for (const pool of this.#pools.values()) pool.dropAll();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()));
  }

  #arm(): void {
    this.#timer = this.#parts.clock.schedule(LEASE_CHECK_MS, () => {
      this.#timer = undefined;
      for (const [key, pool] of this.#pools) {
        pool.check();
        if (pool.isEmpty) this.#pools.delete(key);
      }
      if (this.#pools.size > 0 && !this.#closed) this.#arm();
    });
  }
}
