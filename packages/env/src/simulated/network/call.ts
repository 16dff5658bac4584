import { isAddress } from '../../address.js';
import { CALL_DETAIL_BYTES_MAX, CALL_ERROR_TEXT_MAX, CALL_MESSAGE_BYTES_MAX } from '../../limits.js';
import { type CallHandler, type CallOptions, CallStatus, NetworkError, StatusCode } from '../../network.js';
import { isSimulatedCrash } from '../crash.js';
import type { SimulatedProcess } from '../process.js';
import type { BoundPort, Ending } from './bound-port.js';
import type { SimulatedFabric } from './fabric.js';

type Outcome = { readonly reply: Uint8Array } | { readonly status: CallStatus };

/**
 * One unary call under way: the request travels (perhaps twice, perhaps not at all), the handler runs, its outcome
 * travels back. The first outcome that reaches the caller counts. A lost message or a vanished server shows either as
 * UNAVAILABLE or only by the deadline.
 */
export class SimulatedCall {
  readonly #fabric: SimulatedFabric;
  readonly #process: SimulatedProcess;
  readonly #path: string;
  readonly #request: Uint8Array;
  readonly #settle: (outcome: Outcome) => void;
  readonly #peer: string;

  constructor(
    fabric: SimulatedFabric,
    process: SimulatedProcess,
    path: string,
    request: Uint8Array,
    settle: (outcome: Outcome) => void,
  ) {
    this.#fabric = fabric;
    this.#process = process;
    this.#path = path;
    this.#request = request.slice();
    this.#settle = settle;
    this.#peer = `${process.host.name}:${fabric.freePort()}`;
  }

  send(host: string, address: string, extraDelayMs: number): void {
    const { settings } = this.#fabric;
    const local = host === this.#process.host.name;
    const times = !local && this.#fabric.chance(settings.duplicateChance) ? 2 : 1;
    for (let time = 0; time < times; time++) {
      if (!local && this.#fabric.chance(settings.lossChance)) this.#lose(host);
      else
        this.#travel(this.#process.host.name, host, this.#request.length, extraDelayMs, () =>
          this.#arrive(host, address),
        );
    }
  }

  #arrive(host: string, address: string): void {
    const listener = this.#fabric.listener(address);
    if (!this.#fabric.world.findHost(host)?.powered) return;
    if (listener?.service.kind !== 'calls') {
      this.#answer(host, unavailable(`nothing serves calls at ${address}`));
      return;
    }
    const handler = listener.service.handlers.get(this.#path);
    if (!handler) {
      const text = `The server does not implement the method ${this.#path}`;
      this.#answer(host, { status: new CallStatus(StatusCode.UNIMPLEMENTED, text) });
      return;
    }
    listener.process.whenRunning(() => {
      if (this.#fabric.listener(address) === listener) this.#handle(host, listener, handler);
      else this.#answer(host, unavailable('the server closed the connection'));
    });
  }

  #handle(host: string, listener: BoundPort, handler: CallHandler): void {
    let open = true;
    const end = listener.begins((ending: Ending) => {
      open = false;
      if (ending === 'closed') this.#answer(host, unavailable('the server closed the connection'));
      else this.#expire(host);
    });
    const answer = (outcome: Outcome) => {
      if (!open) return;
      end();
      this.#answer(host, outcome);
    };
    const run = async () => handler(this.#request.slice(), this.#peer);
    run().then(
      (reply) => {
        const fits = reply.length <= CALL_MESSAGE_BYTES_MAX;
        answer(fits ? { reply: reply.slice() } : tooLong('the reply', reply));
      },
      (error) => {
        if (!isSimulatedCrash(error)) answer({ status: statusFromHandler(error) });
      },
    );
  }

  #answer(host: string, outcome: Outcome): void {
    const local = host === this.#process.host.name;
    if (!local && this.#fabric.chance(this.#fabric.settings.lossChance)) {
      this.#lose(host);
      return;
    }
    const bytes = 'reply' in outcome ? outcome.reply.length : 0;
    this.#travel(host, this.#process.host.name, bytes, 0, () => {
      const { world } = this.#fabric;
      if ('reply' in outcome) world.trace.record(world.nowMs, this.#peer, 'reply', outcome.reply);
      else world.trace.record(world.nowMs, this.#peer, 'status', outcome.status.statusCode);
      this.#settle(outcome);
    });
  }

  /** The connection under the call broke, or nothing at all is heard. */
  #lose(host: string): void {
    if (this.#fabric.chance(0.5)) {
      this.#travel(host, this.#process.host.name, 0, 0, () => this.#settle(unavailable('the connection broke')));
    }
  }

  /** The server is gone without a word: keep-alive notices in the end. */
  #expire(host: string): void {
    this.#fabric.world.scheduler.schedule(this.#fabric.settings.stalledMsMax, () =>
      this.#settle(unavailable(`${host} stopped answering`)),
    );
  }

  #travel(from: string, to: string, bytes: number, extraDelayMs: number, arrive: () => void): void {
    const fabric = this.#fabric;
    if (fabric.isCut(from, to)) return;
    const delayMs = fabric.delayMs(from, to) + fabric.transferMs(from, to, bytes) + extraDelayMs;
    fabric.world.scheduler.schedule(delayMs, () => {
      if (!fabric.isCut(from, to)) arrive();
    });
  }
}

/** Starts a call for a process; `settle` hears of it once, and never after the process has died. */
export function startCall(
  fabric: SimulatedFabric,
  process: SimulatedProcess,
  target: { address: string; path: string; extraDelayMs: number },
  request: Uint8Array,
  options: CallOptions,
  settle: { resolve: (reply: Uint8Array) => void; reject: (error: CallStatus) => void },
): void {
  const { address, path, extraDelayMs } = target;
  const { signal, deadlineMs } = options;
  let pending = true;
  const finish = (outcome: Outcome) => {
    if (!pending) return;
    pending = false;
    timer.cancel();
    signal?.removeEventListener('abort', onAbort);
    if ('reply' in outcome) settle.resolve(outcome.reply);
    else settle.reject(outcome.status);
  };
  const fail = (code: number, text: string) => finish({ status: new CallStatus(code, text) });
  const onAbort = () => fail(StatusCode.CANCELLED, `${path} was cancelled by the caller`);
  const timer = process.schedule(deadlineMs, () =>
    fail(StatusCode.DEADLINE_EXCEEDED, `${path} at ${address} took longer than ${deadlineMs} ms`),
  );
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) {
    onAbort();
  } else if (!(deadlineMs > 0)) {
    fail(StatusCode.DEADLINE_EXCEEDED, `${path} had no time left`);
  } else if (request.length > CALL_MESSAGE_BYTES_MAX) {
    finish(tooLong('the request', request));
  } else {
    try {
      const resolved = fabric.resolve(address, process.host);
      const call = new SimulatedCall(fabric, process, path, request, finish);
      call.send(resolved.host, resolved.address, extraDelayMs);
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      fail(isAddress(address) ? StatusCode.UNAVAILABLE : StatusCode.INVALID_ARGUMENT, error.message);
    }
  }
}

function tooLong(what: string, message: Uint8Array): { status: CallStatus } {
  const text = `${what} has ${message.length} bytes; at most ${CALL_MESSAGE_BYTES_MAX} are allowed`;
  return { status: new CallStatus(StatusCode.RESOURCE_EXHAUSTED, text) };
}

function unavailable(text: string): { status: CallStatus } {
  return { status: new CallStatus(StatusCode.UNAVAILABLE, text) };
}

function statusFromHandler(error: unknown): CallStatus {
  if (!(error instanceof CallStatus)) {
    return new CallStatus(StatusCode.INTERNAL, 'the server failed unexpectedly; its log says why');
  }
  const { statusCode, message, details } = error;
  const carried = details && details.length <= CALL_DETAIL_BYTES_MAX ? details.slice() : undefined;
  return new CallStatus(statusCode, message.slice(0, CALL_ERROR_TEXT_MAX), carried);
}
