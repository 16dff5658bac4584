import type { Clock, Timer } from '@tessera/env';
import { TesseraError } from '@tessera/protocol';
import type { Channel, ChannelEvents } from './channel.js';
import { INBOX_MESSAGES_MAX, LEAVE_MS_MAX, TICKS_PER_DEADLINE } from './limits.js';
import {
  type Fields,
  failureFields,
  failureIn,
  isAnswer,
  type Message,
  MessageKind,
  message,
  wholeField,
} from './message.js';
import { rankError } from './rank-failures.js';

export interface MeshOptions {
  readonly rank: number;
  readonly size: number;
  readonly clock: Clock;
  /** How long a call may go without progress anywhere in the group. */
  readonly deadlineMs: number;
}

type Lane = 'requests' | 'answers';

interface Waiter {
  resolve(received: Message): void;
  reject(error: TesseraError): void;
}

interface Inbox {
  readonly messages: Message[];
  waiter: Waiter | undefined;
}

/** What this rank has of another one, itself included. */
interface Peer {
  readonly inboxes: Record<Lane, Inbox>;
  channel: Channel | undefined;
  /** Sends that wait for the channel to be there. */
  readonly attached: Signal;
  closed: Signal;
  /** Ends sends that wait for the channel to take more. */
  readonly sending: Set<() => void>;
  lost: TesseraError | undefined;
  silentTicks: number;
  progressSeen: number;
}

/**
 * Channels from one rank to all others, and to itself. A rank that is lost, or silent while it is waited for, breaks the
 * whole mesh: every rank is told which one it was.
 */
export class Mesh {
  readonly rank: number;
  readonly size: number;
  readonly #clock: Clock;
  readonly #deadlineMs: number;
  readonly #peers: Peer[];
  readonly #broken = new AbortController();
  #failure: TesseraError | undefined;
  #closing: Promise<void> | undefined;
  #tick: Timer | undefined;
  #idleTicks = 0;
  #progress = 0;

  constructor({ rank, size, clock, deadlineMs }: MeshOptions) {
    this.rank = rank;
    this.size = size;
    this.#clock = clock;
    this.#deadlineMs = deadlineMs;
    this.#peers = Array.from({ length: size }, () => ({
      inboxes: { requests: { messages: [], waiter: undefined }, answers: { messages: [], waiter: undefined } },
      channel: undefined,
      attached: new Signal(),
      closed: new Signal(),
      sending: new Set(),
      lost: undefined,
      silentTicks: 0,
      progressSeen: 0,
    }));
  }

  /** Set once the group is of no more use. */
  get failure(): TesseraError | undefined {
    return this.#failure;
  }

  /** Aborted when the group breaks: what is done for it may stop. */
  get signal(): AbortSignal {
    return this.#broken.signal;
  }

  has(rank: number): boolean {
    return this.#peer(rank).channel !== undefined;
  }

  /** What a channel to a rank is to tell; `attach` then hands the channel over. */
  eventsOf(rank: number): ChannelEvents {
    return {
      message: (received) => this.#take(rank, received),
      close: (error) => this.#lose(rank, error),
    };
  }

  attach(rank: number, channel: Channel): void {
    const peer = this.#peer(rank);
    peer.channel = channel;
    peer.attached.set();
    if (this.#failure !== undefined || this.#closing !== undefined) channel.end();
  }

  /** Resolves once more may be sent, or nothing more can be: `receive` says why. */
  async send(rank: number, sent: Message): Promise<void> {
    if (rank === this.rank) {
      // Not in the sender's turn, as with a channel.
      await Promise.resolve();
      this.#put(rank, sent);
      return;
    }
    const peer = this.#peer(rank);
    if (peer.channel === undefined) await peer.attached.promise;
    const { channel, sending } = peer;
    if (channel === undefined || this.#failure !== undefined) return;
    // A rank that stands still takes nothing; who has given it up does not wait for it any more.
    await new Promise<void>((resolve, reject) => {
      const done = () => {
        sending.delete(done);
        resolve();
      };
      sending.add(done);
      channel.send(sent).then(done, reject);
    });
  }

  async sendAll(sent: Message): Promise<void> {
    await Promise.all(this.#peers.map((_, rank) => this.send(rank, sent)));
  }

  /** The rank's next message on the lane. @throws TesseraError that names the rank which broke the group */
  receive(rank: number, lane: Lane): Promise<Message> {
    const { inboxes, lost } = this.#peer(rank);
    const inbox = inboxes[lane];
    const first = inbox.messages.shift();
    if (first !== undefined) return Promise.resolve(first);
    if (this.#failure === undefined && lost !== undefined) this.fail(rank, lost);
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      inbox.waiter = { resolve, reject };
    });
  }

  /** The next request of a rank, which has to be of this kind. */
  async expect(rank: number, kind: MessageKind): Promise<Message> {
    const received = await this.receive(
      rank,
      kind === MessageKind.DATA || kind === MessageKind.TAKEN ? 'answers' : 'requests',
    );
    return received.kind === kind ? received : this.refuse(rank, `kind ${received.kind} came, ${kind} was expected`);
  }

  /** Every rank says something and hears what every other said. By rank. */
  async gather(kind: MessageKind, fields: Fields): Promise<Fields[]> {
    const sending = this.sendAll(message(kind, fields));
    const said = await settled(this.#peers.map(async (_, rank) => (await this.expect(rank, kind)).fields));
    await sending;
    return said;
  }

  /** A rank does what this protocol does not have. */
  refuse(rank: number, why: string): never {
    const error = new TesseraError('INTERNAL', `it broke the group's protocol: ${why}; do all ranks run one version?`);
    throw this.fail(rank, error);
  }

  /** Something moved here: nobody in the group gives up waiting because of this rank. */
  progressed(): void {
    this.#progress++;
    this.#idleTicks = 0;
  }

  /** Runs a call, during which the other ranks may be waited for. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#closing !== undefined) throw leftError();
    this.#idleTicks = 0;
    for (const peer of this.#peers) peer.silentTicks = 0;
    this.#arm();
    try {
      return await work();
    } finally {
      this.#tick?.cancel();
      this.#tick = undefined;
    }
  }

  /** Breaks the group, for a rank's fault, and tells everybody. Answers the error that every call now ends with. */
  fail(rank: number, why: TesseraError): TesseraError {
    if (this.#failure !== undefined) return this.#failure;
    const failure = rankError([{ rank, error: why }]);
    const abort = message(MessageKind.ABORT, { rank, ...failureFields(why) });
    for (const { channel } of this.#peers) channel?.send(abort).catch(() => {});
    this.#break(failure);
    return failure;
  }

  /** Leaves: calls under way end, what was sent arrives. */
  close(): Promise<void> {
    this.#closing ??= this.#leave();
    return this.#closing;
  }

  async #leave(): Promise<void> {
    this.#break(leftError());
    const open = this.#peers.filter(({ channel }) => channel !== undefined);
    const timeout = new Signal();
    const timer = this.#clock.schedule(LEAVE_MS_MAX, () => timeout.set());
    await Promise.race([Promise.all(open.map(({ closed }) => closed.promise)), timeout.promise]);
    timer.cancel();
    for (const { channel } of open) channel?.destroy();
  }

  #break(failure: TesseraError): void {
    this.#failure ??= failure;
    this.#broken.abort(this.#failure);
    for (const peer of this.#peers) {
      peer.channel?.end();
      peer.attached.set();
      for (const done of [...peer.sending]) done();
      for (const inbox of Object.values(peer.inboxes)) {
        inbox.waiter?.reject(this.#failure);
        inbox.waiter = undefined;
      }
    }
  }

  #take(rank: number, received: Message): void {
    const peer = this.#peer(rank);
    peer.silentTicks = 0;
    if (received.kind === MessageKind.PING) {
      const progress = wholeField(received.fields, 'progress');
      if (progress !== peer.progressSeen) this.#idleTicks = 0;
      peer.progressSeen = progress;
    } else if (received.kind === MessageKind.ABORT) {
      const error = failureIn(received.fields) ?? new TesseraError('INTERNAL', 'it failed without a reason');
      if (this.#failure === undefined) this.#break(rankError([{ rank: wholeField(received.fields, 'rank'), error }]));
    } else {
      this.#put(rank, received);
    }
  }

  #put(rank: number, received: Message): void {
    this.progressed();
    const inbox = this.#peer(rank).inboxes[isAnswer(received) ? 'answers' : 'requests'];
    const { waiter } = inbox;
    if (waiter !== undefined) {
      inbox.waiter = undefined;
      waiter.resolve(received);
    } else if (inbox.messages.length < INBOX_MESSAGES_MAX) {
      inbox.messages.push(received);
    } else if (this.#failure === undefined) {
      this.fail(rank, new TesseraError('INTERNAL', `it sent more than ${INBOX_MESSAGES_MAX} messages out of turn`));
    }
  }

  /** It may have left after it had done all that it had to: only who waits for it has a failure. */
  #lose(rank: number, error: Error | undefined): void {
    const peer = this.#peer(rank);
    peer.closed.set();
    const why = error === undefined ? 'it has left the group' : `its connection is lost: ${error.message}`;
    peer.lost = new TesseraError('UNAVAILABLE', why, error === undefined ? {} : { cause: error });
    if (Object.values(peer.inboxes).some(({ waiter }) => waiter !== undefined)) this.fail(rank, peer.lost);
  }

  #arm(): void {
    this.#tick = this.#clock.schedule(this.#deadlineMs / TICKS_PER_DEADLINE, () => {
      this.#beat();
      if (this.#failure === undefined) this.#arm();
    });
  }

  /** Ticks are counted, not time: a process that stood still for a while does not give up the moment it goes on. */
  #beat(): void {
    const ping = message(MessageKind.PING, { progress: this.#progress });
    for (const peer of this.#peers) {
      peer.silentTicks++;
      peer.channel?.send(ping).catch(() => {});
    }
    const waitedFor = this.#peers.flatMap((peer, rank) => (rank !== this.rank && isWaitedFor(peer) ? [rank] : []));
    if (waitedFor.length === 0 || ++this.#idleTicks < TICKS_PER_DEADLINE) return;
    // Who waits itself says so all the time; who says nothing is what all wait for.
    const silent = this.#peers.findIndex(
      ({ silentTicks }, rank) => rank !== this.rank && silentTicks > TICKS_PER_DEADLINE / 2,
    );
    const blamed = silent >= 0 ? silent : (waitedFor[0] as number);
    const why = silent >= 0 ? 'it has not been heard of' : 'nothing came from it';
    this.fail(
      blamed,
      new TesseraError('DEADLINE_EXCEEDED', `${why} for ${this.#deadlineMs} ms; is it running, and in the same call?`),
    );
  }

  #peer(rank: number): Peer {
    return this.#peers[rank] as Peer;
  }
}

/** For what it says, or to take what it is sent. */
function isWaitedFor({ inboxes, sending }: Peer): boolean {
  return sending.size > 0 || Object.values(inboxes).some(({ waiter }) => waiter !== undefined);
}

/** All results; once all have settled, the first failure. Nothing goes on behind the caller's back. */
export async function settled<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const outcomes = await Promise.allSettled(promises);
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}

/** Something that happens once. */
class Signal {
  readonly promise: Promise<void>;
  #resolve: () => void = () => {};

  constructor() {
    this.promise = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  set(): void {
    this.#resolve();
  }
}

function leftError(): TesseraError {
  return new TesseraError('CANCELLED', 'this rank has left the group: it was closed here');
}
