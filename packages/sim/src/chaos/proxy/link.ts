import { once } from 'node:events';
import type { Socket } from 'node:net';
import { resetSocket } from './reset-socket.js';
import type { Way } from './way.js';

/** Who of the two notices nothing. */
export type Side = 'client' | 'server';

/** One connection through the proxy: that of the client to it, and its own to the server. */
export class Link {
  readonly #client: Socket;
  readonly #server: Socket;
  /** Side whose next piece is cut, with the connection. */
  #cutFrom: Side | undefined;
  /** What comes from this side goes nowhere, and nothing comes to it. */
  #stranded: Side | undefined;

  /** Both are connected; `up` is the way from client to server. */
  constructor(client: Socket, server: Socket, up: Way, down: Way) {
    this.#client = client;
    this.#server = server;
    void this.#carry('client', up);
    void this.#carry('server', down);
  }

  get isOver(): boolean {
    return this.#client.destroyed && this.#server.destroyed;
  }

  /** Both sides hear that the connection is broken. */
  reset(): void {
    for (const socket of [this.#client, this.#server]) resetSocket(socket);
  }

  /** Both sides hear that it has ended in order, though neither has ended it. */
  end(): void {
    for (const socket of [this.#client, this.#server]) socket.destroy();
  }

  /** The next piece from this side is cut off somewhere in the middle, and with it the connection. */
  cut(from: Side): void {
    this.#cutFrom = from;
  }

  /** The other side's connection is gone, and this side hears nothing of it. */
  strand(side: Side): void {
    this.#stranded ??= side;
    resetSocket(this.#socketOf(otherOf(side)));
  }

  async #carry(from: Side, way: Way): Promise<void> {
    const source = this.#socketOf(from);
    const target = this.#socketOf(otherOf(from));
    try {
      for await (const piece of source.iterator({ destroyOnReturn: false })) {
        await way.pass(piece);
        if (this.#stranded === from) continue;
        if (this.#cutFrom === from && piece.length > 1) {
          target.end(piece.subarray(0, piece.length >> 1));
          source.destroy();
          return;
        }
        if (target.destroyed) break;
        if (!target.write(piece)) await drained(target);
      }
      if (this.#stranded !== undefined || target.destroyed) source.destroy();
      else target.end();
    } catch {
      // The source is broken: so is the other side, unless it must not know.
      if (this.#stranded === undefined) resetSocket(target);
    }
  }

  #socketOf(side: Side): Socket {
    return side === 'client' ? this.#client : this.#server;
  }
}

function otherOf(side: Side): Side {
  return side === 'client' ? 'server' : 'client';
}

/** Resolves once there is room again, or never will be. */
async function drained(socket: Socket): Promise<void> {
  await Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => {});
}
