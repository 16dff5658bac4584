import { formatAddress, type Network, parseAddress } from '@tessera/env';
import { TesseraError } from '@tessera/protocol';
import type { Mesh } from './mesh.js';
import { MessageKind, message } from './message.js';
import { type Guest, Reception, turnAway } from './reception.js';

export interface RendezvousOptions {
  readonly network: Network;
  readonly mesh: Mesh;
  readonly address: string;
  readonly token: string;
}

/** Rank 0's part of joining: it waits for all the others and tells them where each listens. */
export class Rendezvous {
  readonly #options: RendezvousOptions;
  readonly #guests = new Map<number, Guest>();
  #strangers = 0;
  #complete: () => void = () => {};
  #fail: (error: TesseraError) => void = () => {};
  #over = false;

  constructor(options: RendezvousOptions) {
    this.#options = options;
  }

  /**
   * Resolves once every rank is there and has been told. What ends it ends it for everybody who has come.
   * @throws TesseraError INVALID_ARGUMENT: ranks that do not fit together; DEADLINE_EXCEEDED: who is missing; else what
   * `over` gives
   */
  async run(onListening: (reception: Reception) => void, over: Promise<TesseraError>): Promise<void> {
    const { network, address, mesh } = this.#options;
    const complete = new Promise<void>((resolve, reject) => {
      this.#complete = resolve;
      this.#fail = reject;
    });
    // Who comes may not fit before anybody waits.
    complete.catch(() => {});
    onListening(await Reception.open(network, address, (guest) => this.#receive(guest)));
    if (mesh.size === 1) return;
    try {
      await Promise.race([
        complete,
        over.then((why) => {
          throw why.code === 'DEADLINE_EXCEEDED' ? this.#missing() : why;
        }),
      ]);
    } catch (thrown) {
      this.#over = true;
      const error = TesseraError.from(thrown);
      for (const { channel } of this.#guests.values()) turnAway(channel, error);
      throw error;
    }
  }

  #receive(guest: Guest): void {
    const { mesh, token } = this.#options;
    if (this.#over) {
      turnAway(guest.channel, new TesseraError('INVALID_ARGUMENT', 'the group is complete, or has failed, already'));
    } else if (guest.token !== token) {
      this.#strangers++;
      turnAway(guest.channel, new TesseraError('INVALID_ARGUMENT', 'the group at this address has another token'));
    } else {
      const misfit = this.#misfit(guest);
      if (misfit === undefined) this.#seat(guest);
      else {
        turnAway(guest.channel, misfit);
        this.#over = true;
        this.#fail(misfit);
      }
    }
    if (this.#over || this.#guests.size < mesh.size - 1) return;
    this.#over = true;
    const addresses = Array.from({ length: mesh.size }, (_, rank) => this.#addressOf(rank));
    for (const { rank, channel } of this.#guests.values()) {
      channel.trust(mesh.eventsOf(rank));
      mesh.attach(rank, channel);
      channel.send(message(MessageKind.TABLE, { addresses })).catch(() => {});
    }
    this.#complete();
  }

  #misfit({ rank, size, channel }: Guest): TesseraError | undefined {
    const { mesh } = this.#options;
    const joins = `a process at ${channel.remote} joins as rank ${rank}`;
    const other = this.#guests.get(rank);
    if (size !== mesh.size) {
      return new TesseraError(
        'INVALID_ARGUMENT',
        `${joins} of ${size}, but rank 0 is one of ${mesh.size}: size must be the same`,
      );
    }
    if (rank === 0 || rank >= size) {
      return new TesseraError('INVALID_ARGUMENT', `${joins}; the others of ${size} are 1 to ${size - 1}`);
    }
    if (other === undefined) return undefined;
    return new TesseraError(
      'INVALID_ARGUMENT',
      `${joins}, which ${other.channel.remote} is already: give each its own`,
    );
  }

  #seat(guest: Guest): void {
    this.#guests.set(guest.rank, guest);
    guest.channel.trust({
      message: ({ kind }) => {
        throw new TesseraError('INTERNAL', `kind ${kind} came before the group was complete`);
      },
      close: () => {
        if (!this.#over && this.#guests.get(guest.rank) === guest) this.#guests.delete(guest.rank);
      },
    });
  }

  /** Where it listens; what listens on all addresses is found where it came from. */
  #addressOf(rank: number): string {
    const guest = this.#guests.get(rank);
    if (guest === undefined) return '';
    const { host, port } = parseAddress(guest.address);
    const anywhere = host === '0.0.0.0' || host === '::';
    return anywhere ? formatAddress(parseAddress(guest.channel.remote).host, port) : guest.address;
  }

  #missing(): TesseraError {
    const missing = [];
    for (let rank = 1; rank < this.#options.mesh.size; rank++) if (!this.#guests.has(rank)) missing.push(rank);
    const strangers = this.#strangers === 0 ? '' : `; ${this.#strangers} came with another token`;
    return new TesseraError(
      'DEADLINE_EXCEEDED',
      `not all of ${this.#options.mesh.size} ranks came in time: missing ${missing.join(', ')}${strangers}`,
    );
  }
}
