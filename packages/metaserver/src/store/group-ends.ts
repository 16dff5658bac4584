import type { JournalPosition } from './journal-position.js';
import { GROUP_ENDS_KEPT_MAX } from './limits.js';

/** The chain at the newest group ends, to compare with what others saw of this journal. */
export class GroupEnds {
  readonly #chains = new Map<number, Uint8Array>();
  #oldestLsn: number;
  #newest: JournalPosition;

  constructor(start: JournalPosition) {
    this.#oldestLsn = start.lsn;
    this.#newest = start;
    this.#chains.set(start.lsn, start.chain);
  }

  get newest(): JournalPosition {
    return this.#newest;
  }

  add(position: JournalPosition): void {
    this.#newest = position;
    this.#chains.set(position.lsn, position.chain);
    if (this.#chains.size <= GROUP_ENDS_KEPT_MAX) return;
    // A Map gives its keys in the order they came: lsns grow.
    const [first, second] = this.#chains.keys();
    this.#chains.delete(first as number);
    this.#oldestLsn = second as number;
  }

  /** What a witness of a group end means for this journal; 'unknown' when it is too old to tell. */
  compare(lsn: number, chain: Uint8Array): 'same' | 'behind' | 'different' | 'unknown' {
    if (lsn > this.#newest.lsn) return 'behind';
    if (lsn < this.#oldestLsn) return 'unknown';
    const own = this.#chains.get(lsn);
    return own !== undefined && Buffer.from(own).equals(chain) ? 'same' : 'different';
  }
}
