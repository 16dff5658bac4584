import { type Clock, createRealEnv, isAddress, type Network, parseAddress } from '@tessera/env';
import { TesseraError } from '@tessera/protocol';
import type { Group, GroupOptions } from './api.js';
import { arrive } from './arrival.js';
import { GROUP_DEADLINE_MS_DEFAULT, JOIN_GRACE_MS, RANKS_MAX, TOKEN_CHARACTERS_MAX } from './limits.js';
import { Mesh } from './mesh.js';
import { MessageKind } from './message.js';
import { cancelledError, RankGroup } from './rank-group.js';
import type { Reception } from './reception.js';
import { Rendezvous } from './rendezvous.js';

/**
 * Makes this process one of a group: resolves once all ranks are connected with each other.
 * @throws TesseraError INVALID_ARGUMENT: wrong options, or ranks that do not fit together; DEADLINE_EXCEEDED: some never
 * came; CANCELLED; UNAVAILABLE
 */
export async function joinGroup(options: GroupOptions): Promise<Group> {
  const { rank, size, deadlineMs = GROUP_DEADLINE_MS_DEFAULT, signal } = options;
  check(options, deadlineMs);
  const ownEnv = options.env === undefined ? createRealEnv() : undefined;
  const { clock, network } = options.env ?? (ownEnv as { clock: Clock; network: Network });
  const mesh = new Mesh({ rank, size, clock, deadlineMs });
  let reception: Reception | undefined;
  const end = async () => {
    await mesh.close();
    await reception?.close();
    ownEnv?.close();
  };
  const over = new AbortController();
  const timer = clock.schedule(rank === 0 ? deadlineMs : deadlineMs + JOIN_GRACE_MS, () =>
    over.abort(new TesseraError('DEADLINE_EXCEEDED', `the group was not complete within ${deadlineMs} ms`)),
  );
  const cancel = () => {
    const cancelled = cancelledError();
    over.abort(cancelled);
    // Others may be in the barrier already.
    mesh.fail(rank, cancelled);
  };
  if (signal?.aborted) cancel();
  else signal?.addEventListener('abort', cancel, { once: true });
  try {
    await meet(options, { clock, network, mesh, deadlineMs, signal: over.signal }, (opened) => {
      reception = opened;
    });
    timer.cancel();
    // Nobody begins before all are connected.
    await mesh.run(() => mesh.gather(MessageKind.CALL, { what: 'join' }));
    return new RankGroup(mesh, end);
  } catch (thrown) {
    timer.cancel();
    await end();
    const error = TesseraError.from(thrown);
    throw new TesseraError(error.code, `joining the group at ${options.address} as rank ${rank}: ${error.message}`, {
      cause: error.cause ?? error,
    });
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}

interface Meeting {
  readonly clock: Clock;
  readonly network: Network;
  readonly mesh: Mesh;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

async function meet(
  { rank, address, token = '', listen }: GroupOptions,
  { clock, network, mesh, deadlineMs, signal }: Meeting,
  onListening: (reception: Reception) => void,
): Promise<void> {
  if (rank === 0) {
    const over = new Promise<TesseraError>((resolve) => {
      const tell = () => resolve(TesseraError.from(signal.reason));
      if (signal.aborted) tell();
      else signal.addEventListener('abort', tell, { once: true });
    });
    await new Rendezvous({ network, mesh, address, token }).run(onListening, over);
    return;
  }
  const arrival = { network, clock, mesh, address, listen: listen ?? listenBeside(address), token };
  await arrive({ ...arrival, timeoutMs: deadlineMs, signal }, onListening);
}

/** Groups on one machine stay on it. */
function listenBeside(address: string): string {
  const { host } = parseAddress(address);
  if (host === 'localhost' || host.startsWith('127.')) return '127.0.0.1:0';
  return host === '::1' ? '[::1]:0' : '0.0.0.0:0';
}

/** @throws TesseraError INVALID_ARGUMENT */
function check({ rank, size, address, token = '', listen }: GroupOptions, deadlineMs: number): void {
  const refuse = (why: string) => {
    throw new TesseraError('INVALID_ARGUMENT', `joining a group: ${why}`);
  };
  if (!(Number.isSafeInteger(size) && size >= 1 && size <= RANKS_MAX)) {
    refuse(`size is ${size}; a whole number from 1 to ${RANKS_MAX} is expected`);
  }
  if (!(Number.isSafeInteger(rank) && rank >= 0 && rank < size)) {
    refuse(`rank is ${rank}; a whole number from 0 to ${size - 1} is expected`);
  }
  if (token.length > TOKEN_CHARACTERS_MAX) refuse(`the token has more than ${TOKEN_CHARACTERS_MAX} characters`);
  if (!(deadlineMs > 0)) refuse(`deadlineMs is ${deadlineMs}; it must be above 0`);
  for (const one of listen === undefined ? [address] : [address, listen]) {
    if (!isAddress(one)) refuse(`'${one}' is no address; give host:port`);
  }
}
