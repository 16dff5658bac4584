import assert from 'node:assert/strict';
import { sleep } from '../clock.js';
import { CALL_DETAIL_BYTES_MAX, CALL_MESSAGE_BYTES_MAX } from '../limits.js';
import { type CallHandler, CallStatus, type Listener, StatusCode } from '../network.js';
import type { NetworkSubject, NetworkTest } from './network-contract.js';
import { eventually } from './recorder.js';

const ECHO = '/tessera.test.Echo/Echo';
const OTHER = '/tessera.test.Other/Fail';
const DEADLINE_MS = 60_000;

/** The part of the Network contract that is about unary calls. */
export function callContract(networkTest: NetworkTest): void {
  networkTest('a reply answers its request, from none to many bytes', async (subject) => {
    const peers = new Set<string>();
    const { listener, call } = await served(subject, async (request, peer) => {
      peers.add(peer);
      return request.slice().reverse();
    });
    for (const bytes of [0, 1, 1_000, 65_536, 3 * 1024 * 1024]) {
      const request = Uint8Array.from({ length: bytes }, (_, index) => index % 251);
      assert.ok(Buffer.from(await call(request)).equals(request.slice().reverse()), `${bytes} bytes`);
    }
    assert.match([...peers][0] as string, /:\d+$/);
    await listener.close();
  });

  networkTest('200 calls at once each get their own reply', async (subject) => {
    const { listener, call } = await served(subject, async (request) => request);
    const replies = await Promise.all(Array.from({ length: 200 }, (_, index) => call(new Uint8Array([index, 7]))));
    assert.deepEqual(
      replies.map((reply) => reply[0]),
      Array.from({ length: 200 }, (_, index) => index),
    );
    await listener.close();
  });

  networkTest('a CallStatus travels with its code, text and detail bytes', async (subject) => {
    const detail = Uint8Array.from({ length: 300 }, (_, index) => index);
    let thrown = new CallStatus(StatusCode.ABORTED, 'Größe: 5 > 4\n“quoted”', detail);
    const { listener, call } = await served(subject, async () => {
      throw thrown;
    });
    const status = await failure(call(new Uint8Array(1)), StatusCode.ABORTED);
    assert.equal(status.message, thrown.message);
    assert.ok(Buffer.from(status.details as Uint8Array).equals(detail));
    thrown = new CallStatus(StatusCode.NOT_FOUND, 'nothing there');
    assert.equal((await failure(call(new Uint8Array(1)), StatusCode.NOT_FOUND)).details, undefined);
    thrown = new CallStatus(StatusCode.DATA_LOSS, 'x'.repeat(100_000), new Uint8Array(CALL_DETAIL_BYTES_MAX));
    const long = await failure(call(new Uint8Array(1)), StatusCode.DATA_LOSS);
    assert.equal(long.details?.length, CALL_DETAIL_BYTES_MAX);
    thrown = new CallStatus(StatusCode.DATA_LOSS, 'too much', new Uint8Array(CALL_DETAIL_BYTES_MAX + 1));
    assert.equal((await failure(call(new Uint8Array(1)), StatusCode.DATA_LOSS)).details, undefined);
    await listener.close();
  });

  networkTest('any other error is INTERNAL and gives nothing away', async (subject) => {
    const throwers: CallHandler[] = [
      async () => {
        throw new TypeError('secret 42');
      },
      () => {
        throw new Error('secret 43');
      },
      () => Promise.reject('secret 44'),
    ];
    for (const thrower of throwers) {
      const { listener, call } = await served(subject, thrower);
      const status = await failure(call(new Uint8Array(1)), StatusCode.INTERNAL);
      assert.doesNotMatch(status.message, /secret|at .*:\d+/);
      await listener.close();
    }
  });

  networkTest('an unknown path is UNIMPLEMENTED, and paths do not mix', async (subject) => {
    const { listener, call } = await served(subject, async (request) => request);
    await failure(call(new Uint8Array(1), '/tessera.test.Echo/Nothing'), StatusCode.UNIMPLEMENTED);
    await failure(call(new Uint8Array(1), '/'), StatusCode.UNIMPLEMENTED);
    await failure(call(new Uint8Array(1), OTHER), StatusCode.FAILED_PRECONDITION);
    assert.equal((await call(new Uint8Array(1))).length, 1);
    await listener.close();
  });

  networkTest('deadlines and signals end a call', async (subject) => {
    const { client } = subject;
    const { listener } = await served(subject, () => new Promise(() => {}));
    const call = (options: { deadlineMs: number; signal?: AbortSignal }) =>
      client.call(listener.address, ECHO, new Uint8Array(1), options);
    await failure(call({ deadlineMs: 30 }), StatusCode.DEADLINE_EXCEEDED);
    await failure(call({ deadlineMs: 0 }), StatusCode.DEADLINE_EXCEEDED);
    const controller = new AbortController();
    const pending = failure(call({ deadlineMs: DEADLINE_MS, signal: controller.signal }), StatusCode.CANCELLED);
    await sleep(subject.clock, 10);
    controller.abort();
    await pending;
    await failure(call({ deadlineMs: DEADLINE_MS, signal: controller.signal }), StatusCode.CANCELLED);
    await listener.close();
  });

  networkTest('too long a request or reply is refused', async (subject) => {
    const { listener, call } = await served(subject, async (request) =>
      request[0] === 1 ? new Uint8Array(CALL_MESSAGE_BYTES_MAX + 1) : request,
    );
    await failure(call(new Uint8Array(CALL_MESSAGE_BYTES_MAX + 1)), StatusCode.RESOURCE_EXHAUSTED);
    await failure(call(new Uint8Array([1])), StatusCode.RESOURCE_EXHAUSTED);
    assert.equal((await call(new Uint8Array([2]))).length, 1);
    await listener.close();
  });

  networkTest('nobody there is UNAVAILABLE, and no address INVALID_ARGUMENT', async (subject) => {
    const call = (address: string) =>
      subject.client.call(address, ECHO, new Uint8Array(1), { deadlineMs: DEADLINE_MS });
    await failure(call(subject.deadAddress), StatusCode.UNAVAILABLE);
    await failure(call('no address'), StatusCode.INVALID_ARGUMENT);
  });

  networkTest('a server that goes takes its calls along, and its successor is found soon', async (subject) => {
    const { listener, call } = await served(subject, (request) =>
      request[0] === 1 ? new Promise(() => {}) : Promise.resolve(request),
    );
    await call(new Uint8Array([2]));
    const pending = failure(call(new Uint8Array([1])), StatusCode.UNAVAILABLE);
    await sleep(subject.clock, 20);
    await Promise.all([listener.close(), listener.close()]);
    await pending;
    for (let attempt = 0; attempt < 20; attempt++) await failure(call(new Uint8Array([2])), StatusCode.UNAVAILABLE);
    const successor = await subject.server.serve(listener.address, new Map([[ECHO, async (request) => request]]));
    let found = false;
    const search = async () => {
      while (!found) {
        found = await call(new Uint8Array([2])).then(
          () => true,
          () => false,
        );
        await sleep(subject.clock, 5);
      }
    };
    const searching = search();
    await eventually(subject.clock, 'the successor is found', () => found);
    await searching;
    await successor.close();
  });
}

async function served(subject: NetworkSubject, handler: CallHandler) {
  const handlers = new Map<string, CallHandler>([
    [ECHO, handler],
    [
      OTHER,
      async () => {
        throw new CallStatus(StatusCode.FAILED_PRECONDITION, 'not here');
      },
    ],
  ]);
  const listener: Listener = await subject.server.serve(subject.listenAddress, handlers);
  const call = (request: Uint8Array, path = ECHO) =>
    subject.client.call(listener.address, path, request, { deadlineMs: DEADLINE_MS });
  return { listener, call };
}

async function failure(call: Promise<unknown>, code: number): Promise<CallStatus> {
  const outcome = await call.then(
    () => undefined,
    (error) => error,
  );
  assert.ok(outcome instanceof CallStatus, `expected a CallStatus, got ${outcome}`);
  assert.equal(outcome.statusCode, code, outcome.message);
  return outcome;
}
