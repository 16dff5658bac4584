import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRealEnv } from '@tessera/env';
import { encodeFrameHead } from '@tessera/protocol';
import type { Channel, ChannelEvents } from './channel.js';
import { FramedChannel } from './framed-channel.js';
import { RANK_HELLO_BYTES_MAX } from './limits.js';
import { memoryChannels } from './memory-channel.js';
import { encodeFields, type Message, MessageKind, message } from './message.js';

/** What one end was told. */
class Ear implements ChannelEvents {
  readonly heard: Message[] = [];
  closes = 0;
  error: Error | undefined;
  #changed: () => void = () => {};

  message(message: Message): void {
    this.heard.push(message);
    this.#changed();
  }

  close(error?: Error): void {
    this.closes++;
    this.error = error;
    this.#changed();
  }

  async until(holds: (ear: Ear) => boolean): Promise<void> {
    while (!holds(this)) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }
}

type Pair = (left: ChannelEvents, right: ChannelEvents) => Promise<{ ends: [Channel, Channel]; stop(): Promise<void> }>;

const inMemory: Pair = async (left, right) => ({ ends: memoryChannels(left, right), stop: async () => {} });

const overTcp: Pair = async (left, right) => {
  const env = createRealEnv();
  const there = new FramedChannel(right);
  there.trust(right);
  const listener = await env.network.listen('127.0.0.1:0', (connection) => {
    there.attach(connection);
    return there.connectionEvents;
  });
  const here = new FramedChannel(left);
  here.trust(left);
  here.attach(await env.network.connect(listener.address, here.connectionEvents, { timeoutMs: 30_000 }));
  // Accepted, too, once something has arrived.
  await here.send(message(MessageKind.PING));
  await (right as Ear).until(({ heard }) => heard.length === 1);
  (right as Ear).heard.length = 0;
  const stop = async () => {
    here.destroy();
    await listener.close();
    env.close();
  };
  return { ends: [here, there], stop };
};

for (const [name, pair] of Object.entries({ 'in memory': inMemory, 'over TCP': overTcp })) {
  test(`${name}: messages arrive whole and in order, both ways, in memory of the receiver's own`, async () => {
    const [left, right] = [new Ear(), new Ear()];
    const { ends, stop } = await pair(left, right);
    const big = new Uint8Array(9_000_000).map((_, index) => index % 251);
    for (let number = 0; number < 50; number++) {
      await ends[0].send(message(MessageKind.CALL, { number, text: 'ä' }, big.subarray(0, number)));
    }
    await ends[0].send(message(MessageKind.DATA, {}, big));
    await ends[1].send(message(MessageKind.TAKEN, { far: Number.MAX_SAFE_INTEGER }));
    await right.until(({ heard }) => heard.length === 51);
    await left.until(({ heard }) => heard.length === 1);
    for (let number = 0; number < 50; number++) {
      assert.deepEqual(right.heard[number]?.fields, { number, text: 'ä' });
      assert.equal(right.heard[number]?.body.length, number);
    }
    const received = right.heard[50]?.body as Uint8Array;
    assert.ok(Buffer.compare(received, big) === 0);
    big.fill(0);
    assert.equal(received[250], 250);
    assert.deepEqual(left.heard[0]?.fields, { far: Number.MAX_SAFE_INTEGER });
    await stop();
  });

  test(`${name}: an end sends what was queued, closes both sides once, and nothing can be sent after it`, async () => {
    const [left, right] = [new Ear(), new Ear()];
    const { ends, stop } = await pair(left, right);
    ends[0].send(message(MessageKind.CALL, { last: true }, new Uint8Array(500_000))).catch(() => {});
    ends[0].end();
    await ends[0].send(message(MessageKind.CALL, { late: true }));
    await right.until(({ closes }) => closes > 0);
    await left.until(({ closes }) => closes > 0);
    assert.deepEqual(
      right.heard.map(({ fields }) => fields),
      [{ last: true }],
    );
    await ends[1].send(message(MessageKind.CALL));
    ends[1].destroy();
    assert.deepEqual([left.closes, right.closes, left.error, right.error], [1, 1, undefined, undefined]);
    await stop();
  });

  test(`${name}: destroying one side closes the other`, async () => {
    const [left, right] = [new Ear(), new Ear()];
    const { ends, stop } = await pair(left, right);
    ends[1].destroy();
    await left.until(({ closes }) => closes > 0);
    assert.deepEqual(left.heard, []);
    await stop();
  });
}

test('over TCP: who is not trusted yet gets no memory, and who breaks the framing is closed', async () => {
  const env = createRealEnv();
  const refused: Ear[] = [];
  const listener = await env.network.listen('127.0.0.1:0', (connection) => {
    const ear = new Ear();
    refused.push(ear);
    const channel = new FramedChannel(ear);
    channel.attach(connection);
    return channel.connectionEvents;
  });
  const strange = [
    encodeFrameHead(MessageKind.HELLO, 0, 0, new Uint8Array(RANK_HELLO_BYTES_MAX + 1), 0),
    encodeFrameHead(MessageKind.HELLO, 0, 0, encodeFields({}), 1),
    encodeFrameHead(MessageKind.HELLO, 0, 0, new TextEncoder().encode('[]'), 0),
    new TextEncoder().encode('GET / HTTP/1.1\r\n'),
  ];
  for (const bytes of strange) {
    await new Promise<void>((resolve) => {
      const events = { data: () => {}, drain: () => {}, close: () => resolve() };
      env.network
        .connect(listener.address, events, { timeoutMs: 30_000 })
        .then((connection) => connection.write([bytes]), assert.fail);
    });
  }
  await Promise.all(refused.map((ear) => ear.until(({ closes }) => closes === 1)));
  assert.deepEqual(
    refused.map(({ heard, error }) => [heard.length, error !== undefined]),
    strange.map(() => [0, true]),
  );
  await listener.close();
  env.close();
});
