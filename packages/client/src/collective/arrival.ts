import { type Clock, type Network, NetworkError, sleep } from '@tessera/env';
import { TesseraError } from '@tessera/protocol';
import { FramedChannel } from './framed-channel.js';
import { JOIN_RETRY_MS_MAX, JOIN_RETRY_MS_MIN } from './limits.js';
import type { Mesh } from './mesh.js';
import { type Fields, failureIn, type Message, MessageKind } from './message.js';
import { type Guest, helloMessage, Reception, turnAway } from './reception.js';

export interface ArrivalOptions {
  readonly network: Network;
  readonly clock: Clock;
  readonly mesh: Mesh;
  /** Where rank 0 is. */
  readonly address: string;
  /** Where this rank listens. */
  readonly listen: string;
  readonly token: string;
  /** Of one attempt to connect. */
  readonly timeoutMs: number;
  /** Aborted when it has taken too long. */
  readonly signal: AbortSignal;
}

/**
 * The part of joining of every rank but 0: it says to rank 0 where it listens, hears from it where the others do,
 * connects to those below it, and those above connect to it.
 * @throws TesseraError why rank 0 refuses; UNAVAILABLE: rank 0 or another one cannot be reached
 */
export async function arrive(options: ArrivalOptions, onListening: (reception: Reception) => void): Promise<void> {
  const { network, mesh, listen, token } = options;
  const { rank, size } = mesh;
  const reception = await Reception.open(network, listen, (guest) => admit(guest, mesh, token));
  onListening(reception);
  const hello = helloMessage({ rank, size, token, address: reception.address });
  const addresses = await introduce(options, hello);
  for (let other = 1; other < rank; other++) {
    const channel = await dial(options, addresses[other] ?? '', other);
    mesh.attach(other, channel);
    await channel.send(hello);
  }
}

/** Rank 0 answers once all have come: with where each of them listens. */
async function introduce(options: ArrivalOptions, hello: Message): Promise<string[]> {
  const { address, mesh, signal } = options;
  const channel = await dialRankZero(options);
  return new Promise((resolve, reject) => {
    let failure: TesseraError | undefined;
    // What is rejected is closed by then.
    const giveUp = (why: TesseraError) => {
      failure ??= why;
      channel.destroy();
    };
    const late = () => giveUp(TesseraError.from(signal.reason));
    signal.addEventListener('abort', late, { once: true });
    channel.trust({
      message: ({ kind, fields }) => {
        if (kind !== MessageKind.TABLE) {
          giveUp(failureIn(fields) ?? new TesseraError('INTERNAL', `rank 0 at ${address} answers kind ${kind}`));
          return;
        }
        const addresses = addressesIn(fields, mesh.size);
        signal.removeEventListener('abort', late);
        channel.trust(mesh.eventsOf(0));
        mesh.attach(0, channel);
        resolve(addresses);
      },
      close: (error) => {
        const why = error?.message ?? 'it closed the connection';
        reject(failure ?? new TesseraError('UNAVAILABLE', `rank 0 at ${address}: ${why}`));
      },
    });
    if (signal.aborted) late();
    channel.send(hello).catch(reject);
  });
}

/** A rank above this one, which rank 0 has told where this one listens. */
function admit(guest: Guest, mesh: Mesh, token: string): void {
  const { rank, size, channel } = guest;
  if (guest.token !== token || size !== mesh.size || rank <= mesh.rank || rank >= size || mesh.has(rank)) {
    turnAway(
      channel,
      new TesseraError('INVALID_ARGUMENT', `rank ${mesh.rank} of ${mesh.size} expects no rank ${rank} of ${size}`),
    );
    return;
  }
  channel.trust(mesh.eventsOf(rank));
  mesh.attach(rank, channel);
}

/** Rank 0 may come later. */
async function dialRankZero(options: ArrivalOptions): Promise<FramedChannel> {
  const { clock, signal, address } = options;
  for (let pauseMs = JOIN_RETRY_MS_MIN; ; pauseMs = Math.min(2 * pauseMs, JOIN_RETRY_MS_MAX)) {
    try {
      return await dial(options, address, 0);
    } catch (error) {
      const cause = error instanceof TesseraError ? error.cause : undefined;
      if (!(cause instanceof NetworkError) || cause.code === 'ADDRESS_INVALID') throw error;
      await sleep(clock, pauseMs, signal);
    }
  }
}

async function dial(
  { network, mesh, timeoutMs }: ArrivalOptions,
  address: string,
  rank: number,
): Promise<FramedChannel> {
  const channel = new FramedChannel(mesh.eventsOf(rank));
  channel.trust(mesh.eventsOf(rank));
  try {
    channel.attach(await network.connect(address, channel.connectionEvents, { timeoutMs }));
    return channel;
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    const code = error.code === 'ADDRESS_INVALID' ? 'INVALID_ARGUMENT' : 'UNAVAILABLE';
    throw new TesseraError(code, `rank ${rank}: ${error.message}`, { cause: error });
  }
}

function addressesIn({ addresses }: Fields, size: number): string[] {
  if (Array.isArray(addresses) && addresses.length === size && addresses.every((one) => typeof one === 'string')) {
    return addresses;
  }
  throw new TesseraError('INTERNAL', 'the table of ranks is malformed');
}
