import type { Channel, ChannelEvents } from './channel.js';
import { decodeFields, encodeFields, type Message } from './message.js';

/** The two ends of a channel inside one process. Headers go through their encoding, bodies are copied, as on a wire. */
export function memoryChannels(left: ChannelEvents, right: ChannelEvents): [Channel, Channel] {
  const ends: [MemoryEnd, MemoryEnd] = [new MemoryEnd(left), new MemoryEnd(right)];
  ends[0].peer = ends[1];
  ends[1].peer = ends[0];
  return ends;
}

class MemoryEnd implements Channel {
  peer: MemoryEnd | undefined;
  readonly #events: ChannelEvents;
  #ended = false;
  #closed = false;

  constructor(events: ChannelEvents) {
    this.#events = events;
  }

  async send({ kind, fields, body }: Message): Promise<void> {
    if (this.#ended) return;
    const copy = { kind, fields: decodeFields(encodeFields(fields)), body: body.slice() };
    // Not in the sender's turn; microtasks keep the order.
    await Promise.resolve();
    this.peer?.receive(copy);
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    queueMicrotask(() => {
      this.peer?.close();
      this.close();
    });
  }

  destroy(): void {
    this.end();
  }

  receive(message: Message): void {
    if (!this.#closed) this.#events.message(message);
  }

  close(): void {
    if (this.#closed) return;
    this.#ended = true;
    this.#closed = true;
    this.#events.close();
  }
}
