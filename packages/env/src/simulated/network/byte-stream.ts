import type { Timer } from '../../clock.js';
import { NetworkError } from '../../network.js';
import type { SimulatedConnection } from './connection.js';
import type { SimulatedFabric } from './fabric.js';

/** What travels: bytes, or the end of the stream with the error that the receiver sees. */
export type Segment = { readonly bytes: Uint8Array } | { readonly end: NetworkError | undefined };

/**
 * One direction of a connection: a queue at the writer, a bounded window of segments under way, arrival in order.
 * Segments that meet a partition wait for its end, or break the connection when that takes too long.
 */
export class ByteStream {
  readonly #fabric: SimulatedFabric;
  readonly #from: SimulatedConnection;
  readonly #to: SimulatedConnection;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #windowUsedBytes = 0;
  #overMark = false;
  #lastArrivalMs = 0;
  /** `draining`: the end follows what is queued; `ended`: the end is under way and nothing can follow it. */
  #state: 'open' | 'draining' | 'ended' = 'open';
  #stalled: Segment[] = [];
  #stallTimer: Timer | undefined;

  constructor(fabric: SimulatedFabric, from: SimulatedConnection, to: SimulatedConnection) {
    this.#fabric = fabric;
    this.#from = from;
    this.#to = to;
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Hosts. */
  get #way(): { from: string; to: string } {
    return { from: this.#from.process.host.name, to: this.#to.process.host.name };
  }

  /** False when the queue is over its mark. */
  write(chunks: readonly Uint8Array[]): boolean {
    if (this.#state !== 'open') return false;
    for (const chunk of chunks) {
      if (chunk.length === 0) continue;
      this.#queue.push(chunk);
      this.#queuedBytes += chunk.length;
    }
    this.#pump();
    this.#overMark = this.#queuedBytes >= this.#fabric.settings.queuedBytesMark;
    return !this.#overMark;
  }

  /** The end follows what is queued. */
  finish(): void {
    if (this.#state !== 'open') return;
    this.#state = 'draining';
    this.#pump();
  }

  /** What is queued is dropped; the end follows what is under way. */
  abort(error: NetworkError | undefined): void {
    this.drop();
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#send({ end: error }, 0);
  }

  /** What is queued is dropped and the receiver is told nothing. */
  drop(): void {
    this.#queue = [];
    this.#queuedBytes = 0;
  }

  /** The receiver has taken so many bytes. */
  acknowledge(bytes: number): void {
    this.#windowUsedBytes -= bytes;
    this.#pump();
  }

  /** A partition ended or the receiver has opened: what waited moves on. */
  resumeStalled(): void {
    if (this.#stalled.length === 0 || this.#isStopped()) return;
    this.#stallTimer?.cancel();
    this.#stallTimer = undefined;
    const { from, to } = this.#way;
    const delayMs = this.#fabric.delayMs(from, to);
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, this.#fabric.world.nowMs + delayMs);
    this.#fabric.world.scheduler.schedule(this.#lastArrivalMs - this.#fabric.world.nowMs, () => this.#flushStalled());
  }

  #pump(): void {
    const { windowBytes } = this.#fabric.settings;
    while (this.#queuedBytes > 0 && this.#windowUsedBytes < windowBytes) {
      const segment = this.#take(this.#fabric.segmentBytes(this.#queuedBytes));
      this.#windowUsedBytes += segment.length;
      const { from, to } = this.#way;
      this.#send({ bytes: segment }, this.#fabric.transferMs(from, to, segment.length));
    }
    if (this.#queuedBytes > 0) return;
    if (this.#overMark) {
      this.#overMark = false;
      this.#from.drained();
    }
    if (this.#state === 'draining') {
      this.#state = 'ended';
      this.#send({ end: undefined }, 0);
    }
  }

  /** A copy of the next bytes of the queue: what was written may change once it is sent. */
  #take(count: number): Uint8Array {
    const segment = new Uint8Array(count);
    let filled = 0;
    let used = 0;
    while (filled < count) {
      const chunk = this.#queue[used] as Uint8Array;
      const part = chunk.subarray(0, count - filled);
      segment.set(part, filled);
      filled += part.length;
      if (part.length < chunk.length) this.#queue[used] = chunk.subarray(part.length);
      else used++;
    }
    this.#queue.splice(0, used);
    this.#queuedBytes -= count;
    return segment;
  }

  #send(segment: Segment, transferMs: number): void {
    const { world } = this.#fabric;
    const { from, to } = this.#way;
    const delayMs = this.#fabric.delayMs(from, to);
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, world.nowMs + delayMs) + transferMs;
    world.scheduler.schedule(this.#lastArrivalMs - world.nowMs, () => this.#arrive(segment));
  }

  #arrive(segment: Segment): void {
    if (this.#fabric.chance(this.#fabric.settings.breakChance)) {
      this.#break('the network broke it');
    } else if (this.#stalled.length > 0 || this.#isStopped()) {
      this.#stalled.push(segment);
      this.#armStallTimer();
    } else {
      this.#to.receive(segment);
    }
  }

  #flushStalled(): void {
    while (this.#stalled.length > 0 && !this.#isStopped()) this.#to.receive(this.#stalled.shift() as Segment);
    if (this.#stalled.length > 0) this.#armStallTimer();
  }

  #armStallTimer(): void {
    this.#stallTimer ??= this.#fabric.world.scheduler.schedule(this.#fabric.settings.stalledMsMax, () =>
      this.#break('the peer stopped answering'),
    );
  }

  #isStopped(): boolean {
    const { from, to } = this.#way;
    return !this.#to.isOpen || this.#fabric.isCutEitherWay(from, to);
  }

  #break(why: string): void {
    for (const end of [this.#from, this.#to]) {
      end.fail(new NetworkError('BROKEN', `connection to ${end.remote}: ${why}`));
    }
  }
}
