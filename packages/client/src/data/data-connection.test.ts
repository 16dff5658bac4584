import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Connection, ConnectionEvents, Network } from '@tessera/env';
import {
  encodeFrameHead,
  FRAME_FLAG_ERROR,
  FRAME_FLAG_REPLY,
  type Frame,
  FrameDecoder,
  FrameKind,
  PROTOCOL_VERSION,
  v1,
} from '@tessera/protocol';
import { REQUEST_MS_MAX, REQUESTS_IN_FLIGHT_MAX } from '../limits.js';
import { ManualClock, settled } from '../testing/manual-clock.js';
import { DataConnection } from './data-connection.js';

const PEER = {
  server: 5,
  address: 'host:1',
  diskId: Uint8Array.of(1, 2),
  title: 'server 5',
  clusterId: new Uint8Array(16).fill(9),
  clientName: 'test',
};

/** A connection whose other end is the test: it sees frames and says what it likes. */
function setUp() {
  const clock = new ManualClock();
  const frames: Frame[] = [];
  let events: ConnectionEvents | undefined;
  let destroyed = false;
  const decoder = new FrameDecoder({ allocate: (bytes) => new Uint8Array(bytes) });
  const sent: number[] = [];
  const connection: Connection = {
    remote: PEER.address,
    queuedBytes: 0,
    write: (chunks) => {
      sent.push(chunks.length);
      for (const chunk of chunks) decoder.push(chunk.slice(), (frame) => frames.push(frame));
      return true;
    },
    pause() {},
    resume() {},
    end() {},
    destroy: () => {
      destroyed = true;
    },
  };
  const network = {
    connect: async (_address: string, given: ConnectionEvents) => {
      events = given;
      return connection;
    },
  } as unknown as Network;
  const say = (kind: number, flags: number, id: number, header: Uint8Array, body: Uint8Array = new Uint8Array()) => {
    events?.data(Buffer.concat([encodeFrameHead(kind, flags, id, header, body.length), body]));
  };
  return {
    clock,
    frames,
    sent,
    say,
    sayBytes: (bytes: Uint8Array) => events?.data(bytes),
    breakOff: () => events?.close(),
    isDestroyed: () => destroyed,
    open: () => DataConnection.open(network, clock, PEER),
  };
}

function helloReply(change: v1.HelloReply.$Properties = {}): Uint8Array {
  const reply = {
    protocolVersion: PROTOCOL_VERSION,
    clusterId: PEER.clusterId,
    server: 5,
    diskId: PEER.diskId,
    ...change,
  };
  return v1.HelloReply.encode(reply).finish();
}

async function opened() {
  const other = setUp();
  const opening = other.open();
  await settled();
  const hello = other.frames.shift() as Frame;
  other.say(FrameKind.HELLO, FRAME_FLAG_REPLY, hello.requestId, helloReply());
  return { ...other, connection: await opening };
}

function readRequest(text = '') {
  return {
    kind: FrameKind.READ,
    header: new TextEncoder().encode(text),
    body: [],
    bytes: 10,
    decode: (frame: Frame) => new TextDecoder().decode(frame.body),
  };
}

const text = (value: string) => new TextEncoder().encode(value);

test('HELLO comes first and says who asks for which cluster', async () => {
  const other = setUp();
  const opening = other.open();
  await settled();
  const hello = other.frames[0] as Frame;
  assert.equal(hello.kind, FrameKind.HELLO);
  const { protocolVersion, clusterId, peer } = v1.HelloRequest.decode(hello.header);
  assert.deepEqual([protocolVersion, peer, clusterId.length], [PROTOCOL_VERSION, 'test', 16]);
  other.say(FrameKind.HELLO, FRAME_FLAG_REPLY, hello.requestId, helloReply());
  await opening;
});

test('another cluster, server or disk at the address is refused', async () => {
  const cases: [v1.HelloReply.$Properties, string][] = [
    [{ clusterId: new Uint8Array(16) }, 'WRONG_CLUSTER'],
    [{ server: 6 }, 'UNAVAILABLE'],
    [{ diskId: Uint8Array.of(1) }, 'UNAVAILABLE'],
  ];
  for (const [change, code] of cases) {
    const other = setUp();
    const opening = other.open();
    await settled();
    other.say(FrameKind.HELLO, FRAME_FLAG_REPLY, (other.frames[0] as Frame).requestId, helloReply(change));
    await assert.rejects(opening, { code });
    assert.ok(other.isDestroyed());
  }
});

test('requests of one turn leave together and are answered in any order', async () => {
  const { connection, frames, sent, say } = await opened();
  const writes = sent.length;
  const replies = ['a', 'b', 'c'].map((name) => connection.request(readRequest(name)));
  await settled();
  assert.equal(sent.length, writes + 1, 'one write');
  assert.equal(connection.bytesUnderWay, 30);
  for (const frame of frames.splice(0).reverse()) {
    say(FrameKind.READ, FRAME_FLAG_REPLY, frame.requestId, new Uint8Array(), frame.header);
  }
  assert.deepEqual(await Promise.all(replies), ['a', 'b', 'c']);
  assert.equal(connection.bytesUnderWay, 0);
});

test('an error reply fails its request only', async () => {
  const { connection, frames, say } = await opened();
  const bad = connection.request(readRequest());
  const good = connection.request(readRequest());
  await settled();
  const error = v1.Error.encode({ code: 'DISK_FULL', message: 'full' }).finish();
  say(FrameKind.READ, FRAME_FLAG_REPLY | FRAME_FLAG_ERROR, (frames[0] as Frame).requestId, error);
  say(FrameKind.READ, FRAME_FLAG_REPLY, (frames[1] as Frame).requestId, new Uint8Array(), text('fine'));
  await assert.rejects(bad, { code: 'DISK_FULL' });
  assert.equal(await good, 'fine');
});

test('requests in flight are bounded, the rest waits its turn', async () => {
  const { connection, frames, say } = await opened();
  const replies = Array.from({ length: REQUESTS_IN_FLIGHT_MAX + 5 }, () => connection.request(readRequest()));
  await settled();
  assert.equal(frames.length, REQUESTS_IN_FLIGHT_MAX);
  for (let index = 0; index < replies.length; index++) {
    say(FrameKind.READ, FRAME_FLAG_REPLY, (frames[index] as Frame).requestId, new Uint8Array());
    await settled();
  }
  await Promise.all(replies);
});

test('malformed replies close the connection and fail what is in flight', async () => {
  const cases: ((other: Awaited<ReturnType<typeof opened>>, id: number) => void)[] = [
    ({ sayBytes }) => sayBytes(text('HTTP/1.1 400 Bad Request')),
    ({ say }, id) => say(FrameKind.READ, FRAME_FLAG_REPLY, id + 1, new Uint8Array()),
    ({ say }, id) => say(FrameKind.WRITE, FRAME_FLAG_REPLY, id, new Uint8Array()),
    ({ say }, id) => say(FrameKind.READ, 0, id, new Uint8Array()),
    ({ say }, id) => say(FrameKind.READ, FRAME_FLAG_REPLY | FRAME_FLAG_ERROR, id, Uint8Array.of(0xff, 0xff)),
  ];
  for (const breakIt of cases) {
    const other = await opened();
    const request = other.connection.request(readRequest());
    await settled();
    breakIt(other, (other.frames[0] as Frame).requestId);
    await assert.rejects(request, { code: 'UNAVAILABLE', message: /malformed/ });
    assert.ok(other.isDestroyed());
    await assert.rejects(other.connection.request(readRequest()), { code: 'UNAVAILABLE' });
  }
});

test('a reply that cannot be understood closes the connection', async () => {
  const { connection, frames, say, isDestroyed } = await opened();
  const decode = () => {
    throw new Error('nonsense');
  };
  const request = connection.request({ ...readRequest(), decode });
  await settled();
  say(FrameKind.READ, FRAME_FLAG_REPLY, (frames[0] as Frame).requestId, new Uint8Array());
  await assert.rejects(request, { code: 'UNAVAILABLE', message: /nonsense/ });
  assert.ok(isDestroyed());
});

test('a server that does not answer in time is given up', async () => {
  const { connection, clock, isDestroyed } = await opened();
  const requests = [connection.request(readRequest()), connection.request(readRequest())];
  const outcomes = Promise.allSettled(requests);
  await clock.advance(REQUEST_MS_MAX - 1);
  assert.equal(isDestroyed(), false);
  await clock.advance(1_000);
  for (const outcome of await outcomes) assert.equal(outcome.status, 'rejected');
  assert.ok(isDestroyed());
});

test('a connection that breaks fails what is in flight', async () => {
  const { connection, breakOff } = await opened();
  const request = connection.request(readRequest());
  await settled();
  breakOff();
  await assert.rejects(request, { code: 'UNAVAILABLE' });
  assert.equal(connection.failure?.code, 'UNAVAILABLE');
});
