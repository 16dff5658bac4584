import type { Clock } from '@tessera/env';
import type { Id } from '@tessera/protocol';

/**
 * When each open lease runs out, by monotonic time. Only records say whether a lease is open: this memory starts empty
 * with every process, so all leases get a whole term anew after a restart.
 */
export class LeaseDeadlines {
  readonly leaseMs: number;
  readonly #clock: Clock;
  readonly #deadlines = new Map<Id, number>();

  constructor(clock: Clock, leaseMs: number) {
    this.#clock = clock;
    this.leaseMs = leaseMs;
  }

  /** How many leases are known here: those granted or swept since the start. */
  get count(): number {
    return this.#deadlines.size;
  }

  /** Gives the lease a whole term from now. Harmless to repeat, also in a transaction that is run again. */
  extend(lease: Id): void {
    this.#deadlines.set(lease, this.#clock.monotonicMs() + this.leaseMs);
  }

  /** Whether the lease's term is over; the term of a lease not known yet begins now. */
  expired(lease: Id): boolean {
    const deadline = this.#deadlines.get(lease);
    if (deadline !== undefined) return this.#clock.monotonicMs() >= deadline;
    this.extend(lease);
    return false;
  }

  forget(lease: Id): void {
    this.#deadlines.delete(lease);
  }

  /** Forgets every lease that is not in `existing`: grants whose transaction did not happen. */
  retain(existing: ReadonlySet<Id>): void {
    for (const lease of this.#deadlines.keys()) if (!existing.has(lease)) this.#deadlines.delete(lease);
  }
}
