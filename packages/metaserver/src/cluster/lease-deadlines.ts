import type { Clock } from '@tessera/env';
import type { Id } from '@tessera/protocol';

/** Leases that one session may hold; what it gave back counts until it has been swept up. */
export const LEASES_PER_SESSION_MAX = 256;

/**
 * When each open lease runs out, by monotonic time, and whose it is. Only records say whether a lease is open: this
 * memory starts empty with every process, so all leases get a whole term anew after a restart.
 */
export class LeaseDeadlines {
  readonly leaseMs: number;
  readonly #clock: Clock;
  readonly #deadlines = new Map<Id, number>();
  readonly #sessionOf = new Map<Id, Id>();
  /** How many leases each session holds. */
  readonly #held = new Map<Id, number>();

  constructor(clock: Clock, leaseMs: number) {
    this.#clock = clock;
    this.leaseMs = leaseMs;
  }

  /** How many leases are known here: those granted or swept since the start. */
  get count(): number {
    return this.#deadlines.size;
  }

  /** How many leases of a session are known here. */
  heldBy(session: Id): number {
    return this.#held.get(session) ?? 0;
  }

  /** Gives a session's lease a whole term from now. Harmless to repeat, also in a transaction that is run again. */
  extend(lease: Id, session: Id): void {
    this.#deadlines.set(lease, this.#clock.monotonicMs() + this.leaseMs);
    if (this.#sessionOf.has(lease)) return;
    this.#sessionOf.set(lease, session);
    this.#held.set(session, this.heldBy(session) + 1);
  }

  /** Whether the term of a session's lease is over; that of a lease not known yet begins now. */
  expired(lease: Id, session: Id): boolean {
    const deadline = this.#deadlines.get(lease);
    if (deadline !== undefined) return this.#clock.monotonicMs() >= deadline;
    this.extend(lease, session);
    return false;
  }

  forget(lease: Id): void {
    this.#deadlines.delete(lease);
    const session = this.#sessionOf.get(lease);
    if (session === undefined) return;
    this.#sessionOf.delete(lease);
    const left = this.heldBy(session) - 1;
    if (left > 0) this.#held.set(session, left);
    else this.#held.delete(session);
  }

  /** Forgets every lease that is not in `existing`: grants whose transaction did not happen. */
  retain(existing: ReadonlySet<Id>): void {
    for (const lease of this.#deadlines.keys()) if (!existing.has(lease)) this.forget(lease);
  }
}
