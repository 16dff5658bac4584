import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  encodeFrameHead,
  FRAME_FLAG_REPLY,
  FRAME_PREFIX_BYTES,
  FrameKind,
  HELLO_HEADER_BYTES_MAX,
  PROTOCOL_VERSION,
  REQUEST_HEADER_BYTES_MAX,
  v1,
} from '@tessera/protocol';
import { bytesOf, encodeWrite, type Peer } from '../testing/peer.js';
import { makePut } from '../testing/shards.js';
import { CLUSTER_ID, SimulatedChunkserver } from '../testing/simulated-chunkserver.js';
import { HELLO_MS_MAX, STALL_MS_MAX } from './limits.js';

const NONE = new Uint8Array(0);

async function setup(seed: string): Promise<SimulatedChunkserver> {
  const machine = new SimulatedChunkserver({ seed });
  await machine.start();
  return machine;
}

/** The connection ends, the reason is logged, and the chunkserver serves others. */
async function assertClosed(
  machine: SimulatedChunkserver,
  peer: Peer,
  reason: RegExp,
  limitMs?: number,
): Promise<void> {
  await machine.until(() => peer.closed !== undefined, limitMs);
  const line = machine.warnings.find((one) => one.startsWith('closed a connection'));
  assert.match(line ?? '', reason);
  await assertServes(machine);
}

async function assertServes(machine: SimulatedChunkserver): Promise<void> {
  const other = await machine.peer();
  const put = makePut({ payload: machine.world.random.fill(new Uint8Array(1000)), stripe: 4711n });
  await machine.drive(other.write(put));
  assert.deepEqual(bytesOf((await machine.drive(other.read(put)))[0]), put.payload);
  await machine.drive(other.delete(put, 1));
  other.connection.end();
}

describe('broken framing ends the connection with a logged reason', () => {
  const hello = v1.HelloRequest.encode({ protocolVersion: PROTOCOL_VERSION, clusterId: CLUSTER_ID }).finish();
  const put = makePut({ payload: new Uint8Array(70_000).fill(3) });
  const cases: [string, Uint8Array[], RegExp][] = [
    ['a request before HELLO', [encodeFrameHead(FrameKind.READ, 0, 1, NONE, 0)], /a frame of kind 3 before HELLO/],
    [
      'a body before HELLO',
      [encodeFrameHead(FrameKind.HELLO, 0, 1, hello, 10), new Uint8Array(10)],
      /a body before HELLO/,
    ],
    [
      'a long header before HELLO',
      [
        encodeFrameHead(FrameKind.HELLO, 0, 1, new Uint8Array(HELLO_HEADER_BYTES_MAX + 1), 0).subarray(
          0,
          FRAME_PREFIX_BYTES,
        ),
      ],
      /a header of 4097 bytes; at most 4096/,
    ],
    ['HTTP', [new TextEncoder().encode('GET / HTTP/1.1\r\nHost: x\r\n\r\n')], /wrong magic bytes/],
    ['zeros', [new Uint8Array(64)], /wrong magic bytes/],
    ['another frame version', [versioned(encodeFrameHead(FrameKind.HELLO, 0, 1, hello, 0), 2)], /frame version 2/],
    [
      'a HELLO that is no message',
      [encodeFrameHead(FrameKind.HELLO, 0, 1, Uint8Array.of(0x0a, 0xff), 0)],
      /not the message/,
    ],
  ];
  for (const [what, chunks, reason] of cases) {
    it(`${what}`, async () => {
      const machine = await setup(what);
      const peer = await machine.connect();
      peer.send(...chunks);
      await assertClosed(machine, peer, reason);
    });
  }

  const afterHello: [string, Uint8Array[], RegExp][] = [
    ['a second HELLO', [encodeFrameHead(FrameKind.HELLO, 0, 2, hello, 0)], /second HELLO/],
    [
      'a reply instead of a request',
      [encodeFrameHead(FrameKind.READ, FRAME_FLAG_REPLY, 2, NONE, 0)],
      /flags 1 in a request/,
    ],
    [
      'a header longer than any request needs',
      [
        encodeFrameHead(FrameKind.WRITE, 0, 2, new Uint8Array(REQUEST_HEADER_BYTES_MAX + 1), 0).subarray(
          0,
          FRAME_PREFIX_BYTES,
        ),
      ],
      /a header of 65537 bytes; at most 65536/,
    ],
    ['unknown flags', [encodeFrameHead(FrameKind.READ, 0x8000, 2, NONE, 0)], /flags 32768 in a request/],
    [
      'a body where none belongs',
      [encodeFrameHead(FrameKind.READ, 0, 2, NONE, 3), new Uint8Array(3)],
      /a body in a frame of kind 3/,
    ],
    [
      'a header that is no message',
      [encodeFrameHead(FrameKind.WRITE, 0, 2, Uint8Array.of(0x0a, 0xff, 0xff), 0)],
      /not the message/,
    ],
    ['a flipped bit in a frame', [flipped(encodeFrameHead(FrameKind.READ, 0, 2, NONE, 0))], /checksum does not match/],
    ['lengths over the limits', [tooLong(encodeFrameHead(FrameKind.READ, 0, 2, NONE, 0))], /over the limits/],
  ];
  for (const [what, chunks, reason] of afterHello) {
    it(`${what}, with requests in work`, async () => {
      const machine = await setup(what);
      const peer = await machine.peer();
      const write = peer.write(put);
      write.catch(() => {});
      peer.send(...chunks);
      await assertClosed(machine, peer, reason);
    });
  }

  it('random bytes, before and after HELLO', async () => {
    const machine = await setup('random');
    for (let round = 0; round < 60; round++) {
      const peer = round % 2 === 0 ? await machine.connect() : await machine.peer();
      const bytes = machine.world.random.fill(new Uint8Array(1 + (machine.world.random.uint32() % 3000)));
      // Some of them begin like a frame.
      if (round % 3 === 0) bytes.set([0x54, 0x53, 0x52, 0x41, 1].slice(0, bytes.length));
      peer.send(bytes);
      peer.connection.end();
      await machine.until(() => peer.closed !== undefined);
    }
    await assertServes(machine);
  });

  it('frames cut off anywhere leave nothing behind', async () => {
    const machine = await setup('cut');
    const header = encodeWrite(put);
    const frame = Buffer.concat([encodeFrameHead(FrameKind.WRITE, 0, 5, header, put.payload.length), put.payload]);
    for (const cut of [1, 31, 32, 33, 32 + header.length, 33 + header.length, 40_000, frame.length - 1]) {
      const peer = await machine.peer();
      peer.send(frame.subarray(0, cut));
      await machine.pass(50);
      peer.connection.destroy();
    }
    await machine.pass(1000);
    assert.equal(machine.running?.health().fields.connections, 0);
    assert.equal(machine.running?.health().fields.bodyBytes, 0);
    assert.equal(machine.running?.health().fields.headerBytes, 0);
    assert.equal(machine.running?.health().fields.shards, 0);
    await assertServes(machine);
  });
});

describe('HELLO', () => {
  it('tells who serves', async () => {
    const machine = await setup('hello');
    const peer = await machine.connect();
    const reply = await machine.drive(peer.hello(CLUSTER_ID));
    assert.deepEqual(Buffer.from(reply.clusterId), Buffer.from(CLUSTER_ID));
    assert.equal(reply.server, 7);
    assert.deepEqual(Buffer.from(reply.diskId), Buffer.from(machine.metaserver.registrations[0]?.diskId ?? []));
  });

  it('of another protocol version, another cluster or with a name too long is refused and the connection ended', async () => {
    const machine = await setup('refused');
    const other = new Uint8Array(16).fill(1);
    const long = v1.HelloRequest.encode({
      protocolVersion: PROTOCOL_VERSION,
      clusterId: CLUSTER_ID,
      peer: 'x'.repeat(129),
    }).finish();
    const attempts: [(peer: Peer) => Promise<unknown>, string, RegExp][] = [
      [
        (peer) => peer.hello(CLUSTER_ID, PROTOCOL_VERSION + 1),
        'WRONG_VERSION',
        /peer speaks protocol version 3, this chunkserver 2/,
      ],
      [(peer) => peer.hello(other), 'WRONG_CLUSTER', /cluster '0101/],
      [(peer) => peer.hello(NONE), 'WRONG_CLUSTER', /cluster ''/],
      [(peer) => peer.request(FrameKind.HELLO, long), 'INVALID_ARGUMENT', /at most 128 characters/],
    ];
    for (const [attempt, code, message] of attempts) {
      machine.warnings.length = 0;
      const peer = await machine.connect();
      const answer = attempt(peer);
      // What follows a refused HELLO is not answered.
      const write = peer.write(makePut({ payload: new Uint8Array(9) }));
      await assert.rejects(machine.drive(answer), { code, message });
      await assert.rejects(machine.drive(write), { message: 'the connection has ended' });
      await assertClosed(machine, peer, message);
    }
  });

  it('that does not come in time ends the connection', async () => {
    const machine = await setup('idle');
    const peer = await machine.connect();
    const since = machine.world.nowMs;
    await assertClosed(machine, peer, /no HELLO within 10000 ms/);
    assert.ok(machine.world.nowMs - since < HELLO_MS_MAX + 1000);
    // One that said HELLO may be silent for as long as it likes.
    const silent = await machine.peer();
    await machine.pass(10 * STALL_MS_MAX);
    assert.equal(silent.closed, undefined);
    assert.equal(await machine.drive(silent.delete({ pg: 1, stripe: 1n, slot: 0 }, 1)), false);
  });

  it('may be followed by requests at once', async () => {
    const machine = await setup('eager');
    const peer = await machine.connect();
    const put = makePut({ payload: new Uint8Array(100_000).fill(7) });
    const answers = [peer.hello(CLUSTER_ID), peer.write(put)];
    await machine.drive(Promise.all(answers));
    assert.deepEqual(bytesOf((await machine.drive(peer.read(put)))[0]), put.payload);
  });
});

describe('a stalled peer', () => {
  it('that stops within a frame is disconnected', async () => {
    const machine = await setup('stalled');
    const peer = await machine.peer();
    const put = makePut({ payload: new Uint8Array(70_000) });
    const header = encodeWrite(put);
    peer.send(encodeFrameHead(FrameKind.WRITE, 0, 1, header, put.payload.length), put.payload.subarray(1000));
    await machine.pass(STALL_MS_MAX / 2);
    assert.equal(peer.closed, undefined);
    await assertClosed(machine, peer, /begun a frame and sent nothing for 30000 ms/);
  });

  it('that takes no replies is disconnected, and its memory is free again', async () => {
    const machine = new SimulatedChunkserver({ seed: 'deaf' });
    await machine.start({ limits: { warmBytesMax: 0 } });
    const peer = await machine.peer();
    const put = makePut({ payload: machine.world.random.fill(new Uint8Array(4 * 1024 ** 2)) });
    await machine.drive(peer.write(put));
    peer.connection.pause();
    for (let count = 0; count < 6; count++) peer.read(put).catch(() => {});
    await machine.pass(1000);
    assert.ok((machine.running?.health().fields.bodyBytes as number) >= 16 * 1024 ** 2);
    await machine.pass(2 * STALL_MS_MAX);
    const line = machine.warnings.find((one) => one.startsWith('closed a connection'));
    assert.match(line ?? '', /taken no reply for 30000 ms/);
    assert.equal(machine.running?.health().fields.bodyBytes, 0);
    assert.equal(machine.running?.health().fields.connections, 0);
  });
});

function versioned(head: Uint8Array, version: number): Uint8Array {
  head[4] = version;
  return head;
}

function flipped(head: Uint8Array): Uint8Array {
  head[9] = (head[9] as number) ^ 1;
  return head;
}

function tooLong(head: Uint8Array): Uint8Array {
  head[16] = 0x7f;
  return head;
}
