import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Connection, ConnectionEvents, Network } from '@tessera/env';
import {
  encodeFrameHead,
  FRAME_FLAG_ERROR,
  FRAME_FLAG_REPLY,
  FrameDecoder,
  FrameKind,
  PROTOCOL_VERSION,
  TesseraError,
  v1,
} from '@tessera/protocol';
import { PROBE_ANSWER_MS_MAX, READ_SHORTAGE_MS_MAX, REQUEST_MS_MAX, REQUEST_SWEEP_MS } from '../limits.js';
import { ManualClock, settled } from '../testing/manual-clock.js';
import { ServerLink } from './server-link.js';

const PEER = {
  server: 5,
  address: 'host:1',
  diskId: Uint8Array.of(1, 2),
  title: 'server 5',
  clusterId: new Uint8Array(16).fill(9),
  clientName: 'test',
};
const HELLO = v1.HelloReply.encode({
  protocolVersion: PROTOCOL_VERSION,
  clusterId: PEER.clusterId,
  server: PEER.server,
  diskId: PEER.diskId,
}).finish();
const NOT_FOUND = v1.Error.encode({ code: 'NOT_FOUND', message: 'no such shard' }).finish();

/** One end of a connection to a server that answers while `alive`, and says nothing at all otherwise. */
interface End {
  alive: boolean;
  destroyed: boolean;
  /** Kinds of the frames that came. */
  readonly asked: number[];
}

/** A link to a server whose connections the test sees. */
function setUp() {
  const clock = new ManualClock();
  const ends: End[] = [];
  const state = { alive: true };
  const connect = async (_address: string, events: ConnectionEvents): Promise<Connection> => {
    const end: End = { alive: state.alive, destroyed: false, asked: [] };
    ends.push(end);
    const decoder = new FrameDecoder({ allocate: (bytes) => new Uint8Array(bytes) });
    const answer = (kind: number, requestId: number) => {
      end.asked.push(kind);
      if (!end.alive) return;
      const isHello = kind === FrameKind.HELLO;
      const flags = isHello ? FRAME_FLAG_REPLY : FRAME_FLAG_REPLY | FRAME_FLAG_ERROR;
      const header = isHello ? HELLO : NOT_FOUND;
      queueMicrotask(() => events.data(encodeFrameHead(kind, flags, requestId, header, 0)));
    };
    return {
      remote: PEER.address,
      queuedBytes: 0,
      write: (chunks) => {
        for (const chunk of chunks) decoder.push(chunk.slice(), ({ kind, requestId }) => answer(kind, requestId));
        return true;
      },
      pause() {},
      resume() {},
      end() {},
      destroy: () => {
        end.destroyed = true;
      },
    };
  };
  const link = new ServerLink({ connect } as unknown as Network, clock, PEER);
  const describe = () => ({
    kind: FrameKind.DESCRIBE,
    header: new Uint8Array(),
    body: [],
    bytes: 10,
    decode: () => {},
  });
  return { clock, ends, state, link, describe };
}

/** The code a promise is refused with, once it is. */
function codeOf(promise: Promise<unknown>): { code?: string } {
  const outcome: { code?: string } = {};
  promise.then(
    () => {
      outcome.code = 'none';
    },
    (error) => {
      outcome.code = TesseraError.from(error).code;
    },
  );
  return outcome;
}

test('a probe that hangs is over before a read gives up, and the next finds the server on another connection', async () => {
  const { clock, ends, state, link, describe } = setUp();
  state.alive = false;
  const hanging = codeOf(link.probe(describe()));
  await clock.advance(PROBE_ANSWER_MS_MAX + REQUEST_SWEEP_MS);
  assert.equal(hanging.code, 'UNAVAILABLE');
  assert.ok(PROBE_ANSWER_MS_MAX + REQUEST_SWEEP_MS < READ_SHORTAGE_MS_MAX);
  assert.equal(ends[0]?.destroyed, true);
  state.alive = true;
  const found = codeOf(link.probe(describe()));
  await settled();
  assert.equal(found.code, 'NOT_FOUND', 'an answer is an answer');
});

test('once a probe was answered, nothing is asked any more on connections from before', async () => {
  const { clock, ends, link, describe } = setUp();
  await assert.rejects(link.request(describe()), { code: 'NOT_FOUND' });
  // The server's host loses power: nobody closes the connection.
  (ends[0] as End).alive = false;
  const lost = codeOf(link.request(describe()));
  await settled();
  await assert.rejects(link.probe(describe()), { code: 'NOT_FOUND' });
  for (let again = 0; again < 3; again++) await assert.rejects(link.request(describe()), { code: 'NOT_FOUND' });
  assert.equal(ends.length, 2);
  assert.deepEqual(ends[0]?.asked, [FrameKind.HELLO, FrameKind.DESCRIBE, FrameKind.DESCRIBE]);
  // A server that is only slow may still answer what it was asked.
  assert.deepEqual([lost.code, ends[0]?.destroyed, link.bytesUnderWay], [undefined, false, 10]);
  await clock.advance(REQUEST_MS_MAX + REQUEST_SWEEP_MS);
  assert.deepEqual([lost.code, ends[0]?.destroyed, link.bytesUnderWay], ['UNAVAILABLE', true, 0]);
  assert.equal(ends[1]?.destroyed, false);
});

test('connections without anything under way end when a probe replaces them, and all end with the link', async () => {
  const { ends, link, describe } = setUp();
  await assert.rejects(link.request(describe()), { code: 'NOT_FOUND' });
  await assert.rejects(link.probe(describe()), { code: 'NOT_FOUND' });
  assert.deepEqual(
    ends.map(({ destroyed }) => destroyed),
    [true, false],
  );
  (ends[1] as End).alive = false;
  const under = codeOf(link.request(describe()));
  await settled();
  await assert.rejects(link.probe(describe()), { code: 'NOT_FOUND' });
  const late = codeOf(link.probe(describe()));
  link.close(new TesseraError('CANCELLED', 'closed'));
  await settled();
  assert.deepEqual([under.code, late.code], ['CANCELLED', 'NOT_FOUND']);
  assert.ok(ends.every(({ destroyed }) => destroyed));
});
