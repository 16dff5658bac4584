import { type Listener, type Network, NetworkError } from '@tessera/env';
import { TesseraError } from '@tessera/protocol';
import { FramedChannel } from './framed-channel.js';
import { JOIN_STRANGERS_MAX } from './limits.js';
import { failureFields, type Message, MessageKind, message, textField, wholeField } from './message.js';

const GROUP_PROTOCOL_VERSION = 2;

/** What a rank says of itself first of all. */
export interface Hello {
  readonly rank: number;
  readonly size: number;
  readonly token: string;
  /** Where it listens. */
  readonly address: string;
}

export interface Guest extends Hello {
  readonly channel: FramedChannel;
}

export function helloMessage({ rank, size, token, address }: Hello): Message {
  return message(MessageKind.HELLO, { version: GROUP_PROTOCOL_VERSION, rank, size, token, address });
}

/** Listens for other ranks; who does not say HELLO first is sent away. */
export class Reception {
  readonly #listener: Listener;

  private constructor(listener: Listener) {
    this.#listener = listener;
  }

  /** `onGuest` trusts the channel or refuses it. @throws TesseraError INVALID_ARGUMENT */
  static async open(network: Network, address: string, onGuest: (guest: Guest) => void): Promise<Reception> {
    const strangers = new Set<FramedChannel>();
    try {
      const listener = await network.listen(address, (connection) => {
        const channel: FramedChannel = new FramedChannel({
          message: (first) => {
            strangers.delete(channel);
            onGuest({ channel, ...helloIn(first) });
          },
          close: () => strangers.delete(channel),
        });
        channel.attach(connection);
        if (strangers.size < JOIN_STRANGERS_MAX) strangers.add(channel);
        else channel.destroy();
        return channel.connectionEvents;
      });
      return new Reception(listener);
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      throw new TesseraError('INVALID_ARGUMENT', error.message, { cause: error });
    }
  }

  get address(): string {
    return this.#listener.address;
  }

  close(): Promise<void> {
    return this.#listener.close();
  }
}

/** Says why, and closes once that is sent. */
export function turnAway(channel: FramedChannel, why: TesseraError): void {
  channel.send(message(MessageKind.REFUSED, failureFields(why))).catch(() => {});
  channel.end();
}

/** What is thrown here ends the connection. */
function helloIn({ kind, fields }: Message): Hello {
  if (kind !== MessageKind.HELLO) throw new TesseraError('INTERNAL', `kind ${kind} came first`);
  const version = wholeField(fields, 'version');
  if (version !== GROUP_PROTOCOL_VERSION) throw new TesseraError('WRONG_VERSION', `it speaks version ${version}`);
  return {
    rank: wholeField(fields, 'rank'),
    size: wholeField(fields, 'size'),
    token: textField(fields, 'token'),
    address: textField(fields, 'address'),
  };
}
