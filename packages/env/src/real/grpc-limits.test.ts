import assert from 'node:assert/strict';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import { afterEach, beforeEach, test } from 'node:test';
import { type CallHandler, type CallStatus, type Listener, StatusCode } from '../network.js';
import { CallBudget } from './call-budget.js';
import { createRealEnv, type RealEnv } from './env.js';
import { serveGrpc } from './grpc-server.js';

const HOLD = '/tessera.test.Service/Hold';
const MAKE = '/tessera.test.Service/Make';
const DEADLINE = { deadlineMs: 30_000 };

let env: RealEnv;
let listener: Listener;
let budget: CallBudget;
const sessions: ClientHttp2Session[] = [];
/** Calls of HOLD that wait to be let go. */
let held: (() => void)[] = [];

/** HOLD answers when it is let go; MAKE answers at once with as many bytes as the request says. */
const handlers = new Map<string, CallHandler>([
  [HOLD, () => new Promise((resolve) => held.push(() => resolve(new Uint8Array(1))))],
  [MAKE, async (request) => new Uint8Array(Buffer.from(request).readUInt32BE(0))],
]);

beforeEach(() => {
  env = createRealEnv();
  budget = new CallBudget(1_000_000);
});

afterEach(async () => {
  for (const session of sessions.splice(0)) session.destroy();
  held = [];
  env.close();
  await listener.close();
});

async function serve(transferMsMax = 30_000): Promise<void> {
  listener = await serveGrpc('127.0.0.1:0', handlers, { budget, transferMsMax });
}

function hold(bytes: number, signal?: AbortSignal): Promise<Uint8Array> {
  const options = signal === undefined ? DEADLINE : { ...DEADLINE, signal };
  return env.network.call(listener.address, HOLD, new Uint8Array(bytes), options);
}

function make(bytes: number): Promise<Uint8Array> {
  const request = Buffer.alloc(4);
  request.writeUInt32BE(bytes);
  return env.network.call(listener.address, MAKE, request, DEADLINE);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}

const outcome = (call: Promise<Uint8Array>) =>
  call.then(
    () => undefined,
    (error: CallStatus) => error,
  );

/** A peer that speaks HTTP/2 as it pleases. */
function openStream(headers: Record<string, string> = {}): ClientHttp2Stream {
  const session = connect(`http://${listener.address}`);
  session.on('error', () => {});
  sessions.push(session);
  const path = { ':method': 'POST', ':path': HOLD, te: 'trailers', 'content-type': 'application/grpc' };
  const stream = session.request({ ...path, ...headers });
  stream.on('error', () => {});
  stream.resume();
  return stream;
}

/** The beginning of a message of `length` bytes. */
function partOf(length: number, sent: number): Buffer {
  const part = Buffer.alloc(5 + sent);
  part.writeUInt32BE(length, 1);
  return part;
}

function statusOf(stream: ClientHttp2Stream): Promise<{ code: number; message: string }> {
  return new Promise((resolve) => {
    const read = (headers: Record<string, unknown>) => {
      const code = headers['grpc-status'];
      if (code !== undefined) resolve({ code: Number(code), message: decodeURI(String(headers['grpc-message'])) });
    };
    stream.on('response', read);
    stream.on('trailers', read);
  });
}

test('requests that hold too much together are refused until others are answered', async () => {
  await serve();
  const calls = Array.from({ length: 3 }, () => hold(300_000));
  await until(() => held.length === 3);
  for (let count = 0; count < 5; count++) {
    const refused = (await outcome(hold(300_000))) ?? assert.fail('it was not refused');
    assert.equal(refused.statusCode, StatusCode.RESOURCE_EXHAUSTED);
    assert.match(refused.message, /calls under way hold \d+ bytes and may hold 1000000: try again in a moment/);
  }
  for (const letGo of held) letGo();
  await Promise.all(calls);
  await until(() => budget.bytes === 0);
  const again = hold(900_000);
  await until(() => held.length === 4);
  assert.ok(budget.bytes > 900_000);
  held[3]?.();
  await again;
});

test('a reply counts too: one for which there is no room is refused', async () => {
  await serve();
  assert.equal((await make(900_000)).length, 900_000);
  const holding = hold(500_000);
  await until(() => held.length === 1);
  await assert.rejects(make(600_000), { statusCode: StatusCode.RESOURCE_EXHAUSTED });
  assert.equal((await make(300_000)).length, 300_000);
  held[0]?.();
  await holding;
  await until(() => budget.bytes === 0);
  assert.equal((await make(900_000)).length, 900_000);
});

test('a request counts as long as its handler works on it, also when the caller has left', async () => {
  await serve();
  const leaving = new AbortController();
  const left = outcome(hold(900_000, leaving.signal));
  await until(() => held.length === 1);
  leaving.abort();
  assert.equal((await left)?.statusCode, StatusCode.CANCELLED);
  for (let count = 0; count < 5; count++) {
    await assert.rejects(make(500_000), { statusCode: StatusCode.RESOURCE_EXHAUSTED });
  }
  held[0]?.();
  await until(() => budget.bytes === 0);
});

test('a part of a request counts until its sender has left', async () => {
  await serve();
  openStream().write(partOf(900_000, 700_000));
  await until(() => budget.bytes > 700_000);
  await assert.rejects(make(500_000), { statusCode: StatusCode.RESOURCE_EXHAUSTED });
  sessions[0]?.destroy();
  await until(() => budget.bytes === 0);
});

test('a request that does not come to its end is refused after a while', async () => {
  await serve(100);
  const stream = openStream();
  const status = statusOf(stream);
  stream.write(partOf(900_000, 700_000));
  const { code, message } = await status;
  assert.equal(code, StatusCode.DEADLINE_EXCEEDED);
  assert.match(message, /did not come within 100 ms/);
  await until(() => budget.bytes === 0 && stream.closed);
});

/** Asks for a reply and takes nothing of it. */
function askAndLeave(bytes: number): ClientHttp2Stream {
  const stream = openStream({ ':path': MAKE });
  stream.pause();
  const request = partOf(4, 4);
  request.writeUInt32BE(bytes, 5);
  stream.end(request);
  return stream;
}

test('a reply counts until its caller has taken it', async () => {
  await serve();
  const stream = askAndLeave(900_000);
  await until(() => budget.bytes > 900_000);
  await assert.rejects(make(500_000), { statusCode: StatusCode.RESOURCE_EXHAUSTED });
  stream.resume();
  await until(() => budget.bytes === 0);
});

test('a reply that is not taken is dropped after a while', async () => {
  await serve(100);
  const stream = askAndLeave(900_000);
  await until(() => budget.bytes > 900_000);
  await until(() => budget.bytes === 0);
  assert.equal((await make(900_000)).length, 900_000);
  stream.resume();
  await until(() => stream.closed);
  assert.notEqual(stream.rstCode, constants.NGHTTP2_NO_ERROR);
});

test('many calls without content are bounded as well', async () => {
  await serve();
  const outcomes = Array.from({ length: 400 }, () => outcome(hold(0)));
  const refused = await Promise.race(outcomes);
  assert.equal(refused?.statusCode, StatusCode.RESOURCE_EXHAUSTED);
  assert.ok(held.length > 200 && held.length < 250, `${held.length} were taken`);
  let answered = false;
  void Promise.all(outcomes).then(() => {
    answered = true;
  });
  await until(() => {
    for (const letGo of held) letGo();
    return answered;
  });
  await until(() => budget.bytes === 0);
});

test('a compressed request is refused: nobody knows what it unfolds to', async () => {
  await serve();
  const stream = openStream({ 'grpc-encoding': 'gzip' });
  const status = statusOf(stream);
  stream.end(partOf(4, 4));
  assert.equal((await status).code, StatusCode.UNIMPLEMENTED);
  assert.equal((await make(1)).length, 1);
  await until(() => budget.bytes === 0);
});
