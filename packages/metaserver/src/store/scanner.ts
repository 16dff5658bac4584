import { TesseraError } from '@tessera/protocol';
import { keyBytes, keyString } from './key-string.js';
import { OPERATIONS_PENDING_MAX, SCAN_PAGE_ENTRIES_MAX, SCANS_IN_FLIGHT_MAX } from './limits.js';
import type { OverlaidRange, Overlay } from './overlay.js';
import type { StoreEntry } from './transaction.js';
import type { View } from './view.js';

export interface ScanRange {
  from: Uint8Array;
  to: Uint8Array;
  reverse?: boolean;
}

/** Range reads: a snapshot of the view with what the view does not have yet laid over it. */
export class Scanner {
  readonly #view: View;
  readonly #overlay: Overlay;
  readonly #failed: (error: unknown) => void;
  #refusal: TesseraError | undefined;
  #running = 0;
  #queue: { start(): void; reject(error: Error): void }[] = [];
  #drained: (() => void) | undefined;
  readonly #unanswered = new Set<(error: Error) => void>();

  constructor(view: View, overlay: Overlay, failed: (error: unknown) => void) {
    this.#view = view;
    this.#overlay = overlay;
    this.#failed = failed;
  }

  /** Scans that wait for their turn. */
  get waiting(): number {
    return this.#queue.length;
  }

  scan(range: ScanRange, limit: number): Promise<StoreEntry[]> {
    if (this.#refusal) return Promise.reject(this.#refusal);
    if (this.#queue.length >= OPERATIONS_PENDING_MAX) {
      return Promise.reject(new TesseraError('OVERLOADED', 'too many listings wait: try again in a moment'));
    }
    return new Promise((resolve, reject) => {
      this.#unanswered.add(reject);
      const start = async () => {
        try {
          resolve(await this.#perform(range, limit));
        } catch (error) {
          this.#failed(error);
        } finally {
          this.#unanswered.delete(reject);
          this.#finished();
        }
      };
      this.#queue.push({ start, reject });
      this.#startNext();
    });
  }

  close(refusal: TesseraError): Promise<void> {
    this.#refusal ??= refusal;
    if (this.#running === 0 && this.#queue.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#drained = resolve;
    });
  }

  fail(error: TesseraError): void {
    this.#refusal = error;
    this.#queue = [];
    for (const reject of this.#unanswered) reject(error);
    this.#unanswered.clear();
    if (this.#running === 0) this.#drained?.();
  }

  #startNext(): void {
    while (this.#running < SCANS_IN_FLIGHT_MAX && this.#queue.length > 0) {
      const next = this.#queue.shift();
      this.#running++;
      next?.start();
    }
  }

  #finished(): void {
    this.#running--;
    this.#startNext();
    if (this.#running === 0 && this.#queue.length === 0) this.#drained?.();
  }

  async #perform(range: ScanRange, limit: number): Promise<StoreEntry[]> {
    // The overlay is read and the view's snapshot taken without a pause in between: together they are this moment.
    const overlaid = this.#overlay.range(range.from, range.to);
    const entries = limit > 0 ? await this.#merge(range, limit, overlaid) : [];
    const { newest } = overlaid;
    if (newest !== undefined && !newest.durable) {
      await new Promise<void>((settle, reject) => newest.waiters.push({ settle, reject }));
    }
    return entries;
  }

  async #merge(range: ScanRange, limit: number, overlaid: OverlaidRange): Promise<StoreEntry[]> {
    const deleted = overlaid.entries.filter(({ value }) => value === undefined).length;
    const pageEntries = evenPage(limit + deleted, SCAN_PAGE_ENTRIES_MAX);
    const pages = this.#view.scan({ ...range, pageEntries });
    const over = range.reverse ? overlaid.entries.reverse() : overlaid.entries;
    const before = (left: string, right: string) => (range.reverse ? left > right : left < right);
    const merged: StoreEntry[] = [];
    let next = 0;
    const takeOver = (until: string | undefined) => {
      for (; next < over.length && merged.length < limit; next++) {
        const { key, value } = over[next] as OverlaidRange['entries'][number];
        if (until !== undefined && !before(key, until)) break;
        if (value !== undefined) merged.push({ key: keyBytes(key), value });
      }
    };
    for await (const page of pages) {
      for (const entry of page) {
        if (merged.length >= limit) break;
        const { key, value } = entry;
        // Making a string of each key costs most of a long listing.
        if (next >= over.length) {
          merged.push(entry);
          continue;
        }
        const text = keyString(key);
        takeOver(text);
        if (merged.length >= limit) break;
        const newer = over[next];
        if (newer?.key === text) {
          next++;
          if (newer.value !== undefined) merged.push({ key, value: newer.value });
        } else {
          merged.push({ key, value });
        }
      }
      if (merged.length >= limit) break;
    }
    takeOver(undefined);
    return merged;
  }
}

/** The least page in which `entries` come in as few pages as with `max`: none of them is read for a few left over. */
function evenPage(entries: number, max: number): number {
  return Math.ceil(entries / Math.ceil(entries / max));
}
