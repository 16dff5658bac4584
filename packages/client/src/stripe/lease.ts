import { decodeId, encodeId, type v1 } from '@tessera/protocol';
import { ownBytes } from '../own-bytes.js';

interface IdRange {
  next: bigint;
  left: number;
}

/** Of a lease's term this share is used; the rest is for clocks that run apart and commits under way. */
const TERM_USED = 0.7;

/** A metaserver's grant of stripe ids in several placement groups. Commits name it as long as it is open. */
export class Lease {
  /** 8 bytes. */
  readonly id: Uint8Array;
  readonly grantedAtMs: number;
  readonly #ranges = new Map<number, IdRange>();
  #termMs: number;
  #termStartedMs: number;
  #lastUsedMs: number;
  #idsLeft = 0;
  #unsettled = 0;

  /** `askedAtMs` is when the grant was asked for: the term began no earlier. */
  constructor(grant: v1.GrantLeaseResult.$Properties, askedAtMs: number) {
    this.id = ownBytes(grant.lease);
    this.grantedAtMs = askedAtMs;
    this.#termStartedMs = askedAtMs;
    this.#lastUsedMs = askedAtMs;
    this.#termMs = grant.leaseMs ?? 0;
    for (const range of grant.ranges ?? []) {
      this.#ranges.set(range.pg ?? 0, { next: decodeId(range.firstStripe), left: range.count ?? 0 });
      this.#idsLeft += range.count ?? 0;
    }
  }

  get idsLeft(): number {
    return this.#idsLeft;
  }

  idsLeftIn(pg: number): number {
    return this.#ranges.get(pg)?.left ?? 0;
  }

  /** Stripes taken whose commits are not all answered. */
  get unsettled(): number {
    return this.#unsettled;
  }

  get lastUsedMs(): number {
    return this.#lastUsedMs;
  }

  /** Placement groups with ids left. */
  *groups(): Generator<number> {
    for (const [pg, range] of this.#ranges) if (range.left > 0) yield pg;
  }

  isValid(nowMs: number): boolean {
    return nowMs < this.#termStartedMs + this.#termMs * TERM_USED;
  }

  wantsRenewal(nowMs: number): boolean {
    return nowMs >= this.#termStartedMs + this.#termMs / 3;
  }

  renewed(termMs: number, askedAtMs: number): void {
    this.#termMs = termMs;
    this.#termStartedMs = askedAtMs;
  }

  /** A stripe id never used before, 8 bytes; undefined when none is left in the group. */
  take(pg: number, nowMs: number): Uint8Array | undefined {
    const range = this.#ranges.get(pg);
    if (range === undefined || range.left === 0) return undefined;
    const id = encodeId(range.next);
    range.next += 1n;
    range.left--;
    this.#idsLeft--;
    this.#unsettled++;
    this.#lastUsedMs = nowMs;
    return id;
  }

  /** One stripe taken from it is committed by all its files, or given up. */
  settle(): void {
    this.#unsettled--;
  }

  /** No more ids are taken. */
  retire(): void {
    this.#ranges.clear();
    this.#idsLeft = 0;
  }
}
