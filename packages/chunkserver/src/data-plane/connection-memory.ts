import type { ByteBudget, Share } from './byte-budget.js';
import type { ReadGate } from './read-gate.js';

/** A part of the server's memory that a connection holds until it releases it. */
export class HeldMemory {
  readonly #release: () => void;
  #isReleased = false;

  constructor(release: () => void) {
    this.#release = release;
  }

  /** A second call does nothing. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#release();
  }
}

/**
 * What one connection holds of the server's memory. It is not read while it holds too much, nor while something it sends
 * waits for its share.
 */
export class ConnectionMemory {
  readonly #gate: ReadGate;
  readonly #bytesMax: number;
  #heldBytes = 0;
  /** Shares for what is being received that are not granted yet. */
  readonly #incoming = new Set<Share>();
  /** Replies that wait for their shares. */
  readonly #replies = new Map<Share, (isGranted: boolean) => void>();
  #ended = false;

  constructor(gate: ReadGate, bytesMax: number) {
    this.#gate = gate;
    this.#bytesMax = bytesMax;
  }

  /** Whether something that is being received has no memory yet. */
  get isWaiting(): boolean {
    return this.#incoming.size > 0;
  }

  /** Memory for what is being received, granted or not: until it is, the connection is not read. */
  forIncoming(budget: ByteBudget, bytes: number): HeldMemory {
    const share = budget.request(bytes, () => this.#incomingSettled(share));
    if (!share.isGranted) {
      this.#incoming.add(share);
      this.#gate.set('memory', true);
    }
    return this.#hold(share);
  }

  /** Memory for a reply, once there is some; undefined when the connection ends before. */
  async forReply(budget: ByteBudget, bytes: number): Promise<HeldMemory | undefined> {
    if (this.#ended) return undefined;
    const share = budget.request(bytes, () => this.#replies.get(share)?.(true));
    const held = this.#hold(share);
    if (share.isGranted) return held;
    const isGranted = await new Promise<boolean>((resolve) => this.#replies.set(share, resolve));
    this.#replies.delete(share);
    if (isGranted) return held;
    held.release();
    return undefined;
  }

  /** The connection has ended: nobody waits for replies any more. What is held stays so until it is released. */
  end(): void {
    this.#ended = true;
    for (const settle of this.#replies.values()) settle(false);
  }

  #hold(share: Share): HeldMemory {
    this.#count(share.bytes);
    return new HeldMemory(() => {
      share.release();
      this.#incomingSettled(share);
      this.#count(-share.bytes);
    });
  }

  #incomingSettled(share: Share): void {
    if (this.#incoming.delete(share)) this.#gate.set('memory', this.#incoming.size > 0);
  }

  #count(bytes: number): void {
    this.#heldBytes += bytes;
    this.#gate.set('bytes', this.#heldBytes >= this.#bytesMax);
  }
}
