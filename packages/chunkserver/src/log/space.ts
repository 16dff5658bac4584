import type { Disk } from '@tessera/env';
import { FULL_BELOW_BYTES, RESERVE_SHARE } from './limits.js';

/** How much a log may still grow: the configured capacity or what the file system has, less a reserve for deletes. */
export class LogSpace {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #configuredBytes: number | undefined;
  #usedBytes = 0;
  #availableBytes = Number.POSITIVE_INFINITY;
  #usedWhenMeasured = 0;
  #fullBelowBytes = FULL_BELOW_BYTES;

  constructor(options: { disk: Disk; path: string; capacityBytes: number | undefined }) {
    this.#disk = options.disk;
    this.#path = options.path;
    this.#configuredBytes = options.capacityBytes;
  }

  /** Asks the file system how much it has left; others may use it too. @throws DiskError */
  async measure(): Promise<void> {
    const { availableBytes } = await this.#disk.space(this.#path);
    this.#availableBytes = availableBytes;
    this.#usedWhenMeasured = this.#usedBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** The log has grown by so much, or shrunk. */
  used(bytes: number): void {
    this.#usedBytes += bytes;
  }

  get capacityBytes(): number {
    return this.#configuredBytes ?? this.#usedBytes + this.#physicalBytes();
  }

  /** What puts may still take. */
  get freeBytes(): number {
    return Math.max(0, this.#leftBytes() - Math.ceil(this.capacityBytes * RESERVE_SHARE));
  }

  /** Whether a put of this length leaves the reserve alone. */
  admitsPut(bytes: number): boolean {
    if (bytes <= this.freeBytes) return true;
    this.#fullBelowBytes = Math.max(this.#fullBelowBytes, bytes);
    return false;
  }

  /** Whether a tombstone fits, reserve included. Whether the file system has room shows when it is written. */
  admitsTombstone(bytes: number): boolean {
    return this.#configuredBytes === undefined || bytes <= this.#configuredBytes - this.#usedBytes;
  }

  /** The file system had no room whatever was measured: count as full until the next measurement says otherwise. */
  exhausted(): void {
    this.#availableBytes = 0;
    this.#usedWhenMeasured = this.#usedBytes;
  }

  get isFull(): boolean {
    return this.freeBytes <= Math.min(this.#fullBelowBytes, this.capacityBytes / 4);
  }

  #physicalBytes(): number {
    return Math.max(0, this.#availableBytes - (this.#usedBytes - this.#usedWhenMeasured));
  }

  #leftBytes(): number {
    if (this.#configuredBytes === undefined) return this.#physicalBytes();
    return Math.max(0, Math.min(this.#configuredBytes - this.#usedBytes, this.#physicalBytes()));
  }
}
