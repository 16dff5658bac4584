import { constants, type ServerHttp2Stream } from 'node:http2';
import { ServerInterceptingCall, type ServerInterceptingCallInterface, type ServerInterceptor } from '@grpc/grpc-js';
import { StatusCode } from '../network.js';
import type { CallBudget } from './call-budget.js';

/** What a call costs besides its messages: streams, headers, closures. */
const CALL_OVERHEAD_BYTES = 4_096;
const IDENTITY = 'identity';

type ServerListener = Parameters<ServerInterceptingCallInterface['start']>[0];
type Status = Parameters<ServerInterceptingCallInterface['sendStatus']>[0];

/** grpc-js gives interceptors no other way to a request's bytes as they come; the tests notice when it changes. */
interface CallInternals {
  readonly stream: ServerHttp2Stream;
  /** As the request's header says. */
  readonly incomingEncoding: string;
}

/** What the calls of one server share. */
export interface CallBounds {
  budget: CallBudget;
  /** How long a request may take to come, and a reply to be taken. */
  transferMsMax: number;
}

/** Makes every call of a server count what it holds, from a request's first byte to a reply's last. */
export function boundCalls(bounds: CallBounds): ServerInterceptor {
  return (_method, call) => new BoundedCall(call, bounds);
}

/**
 * A call whose bytes count: one for which there is no room is refused, and one whose peer neither sends nor takes is
 * ended, so that a stalled peer holds nothing for long.
 */
class BoundedCall extends ServerInterceptingCall {
  readonly #bounds: CallBounds;
  readonly #stream: ServerHttp2Stream;
  readonly #isCompressed: boolean;
  #heldBytes = 0;
  #isRefused = false;
  /** The handler has the request and has not answered. */
  #isHandled = false;
  #transfer: NodeJS.Timeout | undefined;

  constructor(call: ServerInterceptingCallInterface, bounds: CallBounds) {
    super(call, {
      start: (next) => next({ onReceiveHalfClose: (pass) => this.#received(pass) }),
    });
    const { stream, incomingEncoding } = call as unknown as CallInternals;
    this.#bounds = bounds;
    this.#stream = stream;
    this.#isCompressed = incomingEncoding !== IDENTITY;
    stream.once('close', () => this.#closed());
  }

  override start(listener: ServerListener): void {
    if (this.#isCompressed) {
      // What a few bytes unfold to would have to be known before.
      this.#refuse(StatusCode.UNIMPLEMENTED, 'compressed requests are not taken: send them as they are');
      return;
    }
    if (!this.#hold(CALL_OVERHEAD_BYTES)) return;
    this.#stream.on('data', (chunk: Buffer) => void (this.#isRefused || this.#hold(chunk.length)));
    this.#transfer = setTimeout(() => {
      const { transferMsMax } = this.#bounds;
      this.#refuse(StatusCode.DEADLINE_EXCEEDED, `the request did not come within ${transferMsMax} ms`);
    }, this.#bounds.transferMsMax);
    super.start(listener);
  }

  override sendMessage(message: Uint8Array, callback: () => void): void {
    this.#answered();
    if (this.#hold(message.length)) super.sendMessage(message, callback);
  }

  override sendStatus(status: Status): void {
    this.#answered();
    super.sendStatus(status);
  }

  #received(pass: () => void): void {
    clearTimeout(this.#transfer);
    if (this.#isRefused) return;
    this.#isHandled = true;
    pass();
  }

  /** The peer has so long to take the answer. */
  #answered(): void {
    this.#isHandled = false;
    clearTimeout(this.#transfer);
    if (this.#stream.closed) this.#release();
    else this.#transfer = setTimeout(() => this.#giveUp(), this.#bounds.transferMsMax);
  }

  #giveUp(): void {
    this.#stream.close(constants.NGHTTP2_CANCEL);
    // A peer that reads nothing at all does not even take the reset.
    this.#transfer = setTimeout(() => this.#stream.session?.destroy(), this.#bounds.transferMsMax);
  }

  #hold(bytes: number): boolean {
    const { budget } = this.#bounds;
    if (this.#stream.closed || budget.take(bytes)) {
      if (!this.#stream.closed) this.#heldBytes += bytes;
      return true;
    }
    this.#refuse(
      StatusCode.RESOURCE_EXHAUSTED,
      `the calls under way hold ${budget.bytes} bytes and may hold ${budget.bytesMax}: try again in a moment`,
    );
    return false;
  }

  #refuse(code: number, details: string): void {
    this.#isRefused = true;
    this.sendStatus({ code, details });
    // The peer may have more to send: nothing of it is wanted once it has the status.
    this.#stream.close(constants.NGHTTP2_NO_ERROR);
  }

  #closed(): void {
    clearTimeout(this.#transfer);
    // What the handler works on stays in memory though nobody waits for its answer.
    if (!this.#isHandled) this.#release();
  }

  #release(): void {
    this.#bounds.budget.release(this.#heldBytes);
    this.#heldBytes = 0;
  }
}
