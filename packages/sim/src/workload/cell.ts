import type { RangeData } from '@tessera/client';
import { OracleViolation } from '../oracle/violation.js';
import { firstDifference } from './content.js';

/** A commit that covers more extents than EXTENTS_REPLACED_MAX is several. */
const COVERED_WHOLE_MAX = 900;

/** Whether a file is there. */
type Presence = 'yes' | 'no' | 'open';

/** A change that nobody knows the outcome of. */
interface Doubt {
  readonly after: Uint8Array;
  /** All of it or nothing has happened; else any of its bytes may have. */
  readonly isWhole: boolean;
}

/** A file that one client has to itself, and what it may hold. */
export class Cell {
  readonly path: string;
  /** So many parts may be written at once: where each is a shard of its own, many cost too much. */
  readonly partsMax: number;
  /** No fewer than it has extents. */
  extents = 0;
  #presence: Presence = 'no';
  #content: Uint8Array = new Uint8Array();
  #doubt: Doubt | undefined;

  /** It is yet to be made. */
  constructor(path: string, partsMax = Number.POSITIVE_INFINITY) {
    this.path = path;
    this.partsMax = partsMax;
  }

  get exists(): boolean {
    return this.#presence === 'yes';
  }

  /** Whether more than one content is possible: only looking at it in the end says more. */
  get isDoubted(): boolean {
    return this.#doubt !== undefined;
  }

  /** Whether no change covers more extents than one commit may. */
  get coversFew(): boolean {
    return this.extents <= COVERED_WHOLE_MAX;
  }

  /** What it holds, or held before the change that is open. */
  get content(): Uint8Array {
    return this.#content;
  }

  /** A change is asked for: until it is answered it may have happened or not. */
  begin(after: Uint8Array, isWhole = true): void {
    if (this.#doubt !== undefined) throw new TypeError(`${this.path} has a change that is open`);
    this.#doubt = { after, isWhole };
    if (this.#presence === 'no') this.#presence = 'open';
  }

  /** The change has happened. */
  done(): void {
    this.#presence = 'yes';
    this.#content = this.#doubt?.after ?? this.#content;
    this.#doubt = undefined;
  }

  /** The change has been undone, if it happened. */
  takenBack(): void {
    this.#doubt = undefined;
  }

  /** The change has certainly not happened; one that has parts may have in part. */
  refused(): void {
    if (this.#doubt?.isWhole) this.#doubt = undefined;
  }

  /** Looks when nobody changes it any more; undefined: it is not there. @throws OracleViolation */
  look(found: Uint8Array | undefined): void {
    if (found === undefined) {
      if (this.#presence === 'yes') throw new OracleViolation(`${this.path} is gone`);
      this.#presence = 'no';
      return;
    }
    if (this.#presence === 'no') throw new OracleViolation(`${this.path} is there, and was not`);
    const doubt = this.#doubt;
    if (doubt === undefined || !isBetween(found, this.#content, doubt)) same(this.path, found, this.#content);
    this.#presence = 'yes';
    this.#content = found;
    this.#doubt = undefined;
  }
}

function isBetween(found: Uint8Array, before: Uint8Array, { after, isWhole }: Doubt): boolean {
  if (isWhole) return firstDifference(found, after) === undefined;
  const [least, most] = [Math.min(before.length, after.length), Math.max(before.length, after.length)];
  if (found.length < least || found.length > most) return false;
  return found.every((byte, index) => byte === (before[index] ?? 0) || byte === (after[index] ?? 0));
}

/** The bytes of a file once all parts are written into it. */
export function overwritten(before: Uint8Array, parts: readonly RangeData[]): Uint8Array {
  // What has no bytes makes no file longer.
  const filled = parts.filter(({ data }) => data.length > 0);
  const after = new Uint8Array(
    filled.reduce((end, { offset, data }) => Math.max(end, offset + data.length), before.length),
  );
  after.set(before);
  for (const { offset, data } of filled) after.set(data, offset);
  return after;
}

/** @throws OracleViolation */
export function same(what: string, actual: Uint8Array, expected: Uint8Array): void {
  const at = firstDifference(actual, expected);
  if (at === undefined) return;
  throw new OracleViolation(
    `${what}: ${actual.length} bytes were read, ${expected.length} expected; byte ${at} differs`,
  );
}
