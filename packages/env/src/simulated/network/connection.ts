import type { Timer } from '../../clock.js';
import { type Connection, type ConnectionEvents, NetworkError } from '../../network.js';
import { randomUnit } from '../../random.js';
import type { CrashKind } from '../crash.js';
import type { SimulatedProcess } from '../process.js';
import type { BoundPort } from './bound-port.js';
import { ByteStream, type Segment } from './byte-stream.js';
import type { SimulatedFabric } from './fabric.js';

/** After `end` the peer has this long to close its side. */
const LINGER_MS = 5_000;

/** One end of a connection. */
export class SimulatedConnection implements Connection {
  readonly process: SimulatedProcess;
  readonly remote: string;
  readonly remoteHost: string;
  readonly #fabric: SimulatedFabric;
  readonly #listener: BoundPort | undefined;
  readonly #forgetCrash: () => void;
  #outgoing: ByteStream | undefined;
  #peer: SimulatedConnection | undefined;
  #events: ConnectionEvents | undefined;
  #inbox: Segment[] = [];
  #paused = false;
  #error: NetworkError | undefined;
  #linger: Timer | undefined;
  #state: 'opening' | 'open' | 'ended' | 'closed' = 'opening';

  constructor(
    fabric: SimulatedFabric,
    process: SimulatedProcess,
    remote: { address: string; host: string },
    listener: BoundPort | undefined,
  ) {
    this.#fabric = fabric;
    this.process = process;
    this.remote = remote.address;
    this.remoteHost = remote.host;
    this.#listener = listener;
    this.#forgetCrash = process.onCrash((kind) => this.#crashed(kind));
    fabric.opened(this);
    listener?.holds(this);
  }

  /** Joins two ends. */
  static pair(one: SimulatedConnection, other: SimulatedConnection): void {
    one.#peer = other;
    other.#peer = one;
    one.#outgoing = new ByteStream(one.#fabric, one, other);
    other.#outgoing = new ByteStream(one.#fabric, other, one);
  }

  /** The owner knows of the connection from now on, and data that came early reaches it. */
  open(events: ConnectionEvents): void {
    this.#events = events;
    if (this.#state === 'opening') {
      this.#state = 'open';
      this.#peer?.outgoing.resumeStalled();
    } else if (this.#state === 'closed') {
      this.#tellClosed();
    }
  }

  /** False only until the owner knows of it. */
  get isOpen(): boolean {
    return this.#events !== undefined;
  }

  get outgoing(): ByteStream {
    return this.#outgoing as ByteStream;
  }

  get queuedBytes(): number {
    return this.outgoing.queuedBytes;
  }

  write(chunks: readonly Uint8Array[]): boolean {
    return this.process.callSync('network.write', this.remote, () => {
      if (this.#state === 'ended' || this.#state === 'closed') return false;
      this.#fabric.world.trace.record(...chunks);
      return this.outgoing.write(chunks);
    });
  }

  pause(): void {
    this.process.assertAlive();
    this.#paused = true;
  }

  resume(): void {
    this.process.assertAlive();
    this.#paused = false;
    this.process.schedule(0, () => this.#deliver());
  }

  end(): void {
    this.process.callSync('network.end', this.remote, () => {
      if (this.#state === 'ended' || this.#state === 'closed') return;
      this.#state = 'ended';
      this.outgoing.finish();
      this.resume();
      this.#linger = this.process.schedule(LINGER_MS, () => this.drop());
    });
  }

  destroy(): void {
    this.process.callSync('network.destroy', this.remote, () => this.drop());
  }

  /** Closes this end now; the peer sees a clean end or a reset. */
  drop(): void {
    if (this.#state === 'closed') return;
    this.#close(undefined);
    this.outgoing.abort(this.#fabric.chance(0.5) ? undefined : this.#reset());
  }

  /** The connection breaks at this end. */
  fail(error: NetworkError): void {
    this.outgoing.drop();
    this.#close(error);
  }

  /** The write queue has emptied. */
  drained(): void {
    this.process.schedule(0, () => {
      if (this.#state !== 'closed') this.#events?.drain();
    });
  }

  /** A segment from the peer has arrived. */
  receive(segment: Segment): void {
    if (this.#state === 'closed' || !this.process.alive) return;
    this.#inbox.push(segment);
    this.process.whenRunning(() => this.#deliver());
  }

  #deliver(): void {
    while (!this.#paused && this.#inbox.length > 0) {
      const segment = this.#inbox.shift() as Segment;
      if ('end' in segment) {
        this.outgoing.abort(undefined);
        this.#close(segment.end);
        return;
      }
      this.#peer?.outgoing.acknowledge(segment.bytes.length);
      if (this.#state === 'open') this.#events?.data(segment.bytes);
    }
  }

  #close(error: NetworkError | undefined): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#inbox = [];
    this.#error = error;
    this.#release();
    if (this.#events) this.#tellClosed();
  }

  #tellClosed(): void {
    this.process.schedule(0, () => this.#events?.close(this.#error));
  }

  #release(): void {
    this.#forgetCrash();
    this.#linger?.cancel();
    this.#fabric.closed(this);
    this.#listener?.released(this);
  }

  #crashed(kind: CrashKind): void {
    this.#state = 'closed';
    this.#release();
    if (kind === 'kill') {
      this.outgoing.abort(this.#fabric.chance(0.5) ? undefined : this.#reset());
      return;
    }
    this.outgoing.drop();
    const noticedMs = randomUnit(this.#fabric.random) * this.#fabric.settings.stalledMsMax;
    this.#fabric.world.scheduler.schedule(noticedMs, () => this.#peer?.fail(this.#reset()));
  }

  /** What the peer sees of an end that was cut off. */
  #reset(): NetworkError {
    return new NetworkError('BROKEN', `connection to ${this.#peer?.remote}: the peer broke the connection`);
  }
}
