import assert from 'node:assert/strict';
import { type Clock, sleep } from '../clock.js';
import { CONNECTION_QUEUED_BYTES_MARK } from '../limits.js';
import { type Listener, NetworkError, type NetworkErrorCode } from '../network.js';
import { randomBelow } from '../random.js';
import { SimulatedRandom } from '../simulated/random.js';
import type { NetworkSubject, NetworkTest } from './network-contract.js';
import { type End, eventually, Recorder } from './recorder.js';

const TIMEOUT_MS = 30_000;

/** Connections opened and dropped in one test. */
const CONNECTIONS_MANY = 1_000;

/** More than the windows of both systems and the mark together hold. */
const FLOOD_CHUNK_BYTES = 512 * 1024;
const FLOOD_CHUNKS_MAX = 400;

/** The part of the Network contract that is about connections. */
export function connectionContract(networkTest: NetworkTest): void {
  networkTest('bytes arrive whole and in order, both ways', async (subject) => {
    const { near, far, listener } = await joined(subject);
    const random = new SimulatedRandom('connection contract');
    const sent: [Uint8Array[], Uint8Array[]] = [[], []];
    for (let round = 0; round < 60; round++) {
      for (const [index, end] of [near, far].entries()) {
        const chunks = [randomBelow(random, 3), randomBelow(random, 100), randomBelow(random, 100_000)].map((count) =>
          random.fill(new Uint8Array(count)),
        );
        sent[index]?.push(...chunks);
        end.connection.write(chunks);
      }
      if (round % 10 === 0) await sleep(subject.clock, 1);
    }
    for (const [index, heard] of [far.heard, near.heard].entries()) {
      const expected = Buffer.concat(sent[index] as Uint8Array[]);
      await eventually(subject.clock, 'all bytes arrive', () => heard.bytes >= expected.length);
      assert.ok(heard.content.equals(expected));
    }
    await listener.close();
  });

  networkTest('each end knows the other', async (subject) => {
    const { near, far, listener } = await joined(subject);
    assert.equal(near.connection.remote.split(':').at(-1), listener.address.split(':').at(-1));
    assert.match(far.connection.remote, /:\d+$/);
    await listener.close();
  });

  networkTest('a paused reader holds the writer back, and resuming drains it', async (subject) => {
    const { near, far, listener } = await joined(subject);
    far.connection.pause();
    const chunk = new Uint8Array(FLOOD_CHUNK_BYTES).fill(1);
    let written = 0;
    let chunks = 0;
    for (; chunks < FLOOD_CHUNKS_MAX; chunks++) {
      written += chunk.length;
      if (!near.connection.write([chunk])) {
        await untilStill(subject.clock, () => near.connection.queuedBytes);
        if (near.connection.queuedBytes >= CONNECTION_QUEUED_BYTES_MARK) break;
      }
    }
    assert.ok(chunks < FLOOD_CHUNKS_MAX, 'the writer was never held back');
    const drainsBefore = near.heard.drains;
    const heardWhilePaused = far.heard.bytes;
    await sleep(subject.clock, 50);
    assert.equal(far.heard.bytes, heardWhilePaused);
    assert.equal(near.heard.drains, drainsBefore);
    far.connection.resume();
    await eventually(subject.clock, 'the queue drains', () => near.heard.drains === drainsBefore + 1);
    await eventually(subject.clock, 'all bytes arrive', () => far.heard.bytes === written);
    assert.equal(near.connection.queuedBytes, 0);
    assert.equal(near.connection.write([chunk.subarray(0, 10)]), true);
    await listener.close();
  });

  networkTest('end sends what is queued and closes both ends cleanly, once', async (subject) => {
    const { near, far, listener } = await joined(subject);
    const chunk = new Uint8Array(1024 * 1024).fill(4);
    for (let index = 0; index < 5; index++) near.connection.write([chunk]);
    near.connection.end();
    near.connection.end();
    assert.equal(near.connection.write([chunk]), false);
    await closed(subject, near, far);
    assert.equal(far.heard.bytes, 5 * chunk.length);
    assert.deepEqual([near.heard.error, far.heard.error], [undefined, undefined]);
    assert.equal(far.connection.write([chunk]), false);
    await listener.close();
  });

  networkTest('destroy closes both ends, once, and nothing is heard after it', async (subject) => {
    const { near, far, listener } = await joined(subject);
    near.connection.write([new Uint8Array(100)]);
    near.connection.destroy();
    near.connection.destroy();
    assert.equal(near.heard.closes, 0, 'close must not come inside destroy');
    assert.equal(near.connection.write([new Uint8Array(1)]), false);
    await closed(subject, near, far);
    assert.equal(near.heard.error, undefined);
    near.connection.end();
    near.connection.destroy();
    await sleep(subject.clock, 20);
    assert.deepEqual([near.heard.closes, far.heard.closes], [1, 1]);
    assert.equal(near.heard.dataAfterClose || far.heard.dataAfterClose, false);
    await listener.close();
  });

  networkTest('a closing listener breaks its connections and takes no more', async (subject) => {
    const { near, far, listener } = await joined(subject);
    await Promise.all([listener.close(), listener.close()]);
    await closed(subject, near, far);
    await fails(subject.client.connect(listener.address, new Recorder(), { timeoutMs: TIMEOUT_MS }), 'REFUSED');
    const again = await subject.server.listen(listener.address, () => new Recorder());
    assert.equal(again.address, listener.address);
    await again.close();
  });

  networkTest('addresses that cannot be used are refused with a reason', async (subject) => {
    const { client, server, listenAddress, deadAddress } = subject;
    await fails(client.connect(deadAddress, new Recorder(), { timeoutMs: TIMEOUT_MS }), 'REFUSED');
    for (const bad of ['', 'host', ':80', 'host:99999', 'host:port', '[::1', 'a b:80']) {
      await fails(client.connect(bad, new Recorder(), { timeoutMs: TIMEOUT_MS }), 'ADDRESS_INVALID');
      await fails(
        server.listen(bad, () => new Recorder()),
        'ADDRESS_INVALID',
      );
      await fails(server.serve(bad, new Map()), 'ADDRESS_INVALID');
    }
    await fails(
      server.listen('192.0.2.1:0', () => new Recorder()),
      'ADDRESS_INVALID',
    );
    const listener = await server.listen(listenAddress, () => new Recorder());
    await fails(
      server.listen(listener.address, () => new Recorder()),
      'ADDRESS_IN_USE',
    );
    await fails(server.serve(listener.address, new Map()), 'ADDRESS_IN_USE');
    await listener.close();
  });

  networkTest('many connections opened and dropped leave the listener well', async (subject) => {
    let accepted = 0;
    let closes = 0;
    const listener = await subject.server.listen(subject.listenAddress, () => {
      accepted++;
      return {
        data() {},
        drain() {},
        close() {
          closes++;
        },
      };
    });
    for (let opened = 0; opened < CONNECTIONS_MANY; opened += 100) {
      const batch = Array.from({ length: 100 }, async () => {
        const connection = await subject.client.connect(listener.address, new Recorder(), { timeoutMs: TIMEOUT_MS });
        connection.destroy();
      });
      await Promise.all(batch);
    }
    await eventually(subject.clock, 'every drop is noticed', () => closes === CONNECTIONS_MANY);
    assert.equal(accepted, CONNECTIONS_MANY);
    await listener.close();
  });
}

async function joined(subject: NetworkSubject): Promise<{ near: End; far: End; listener: Listener }> {
  const far: Partial<End> = { heard: new Recorder() };
  const listener = await subject.server.listen(subject.listenAddress, (connection) => {
    far.connection = connection;
    return far.heard as Recorder;
  });
  const heard = new Recorder();
  const connection = await subject.client.connect(listener.address, heard, { timeoutMs: TIMEOUT_MS });
  await eventually(subject.clock, 'the connection is accepted', () => far.connection !== undefined);
  return { near: { connection, heard }, far: far as End, listener };
}

/** The system may take some more for a while after the writer was held back. */
async function untilStill(clock: Clock, figure: () => number): Promise<void> {
  for (let last = Number.NaN; figure() !== last; ) {
    last = figure();
    await sleep(clock, 100);
  }
}

async function closed(subject: NetworkSubject, ...ends: End[]): Promise<void> {
  await eventually(subject.clock, 'both ends close', () => ends.every(({ heard }) => heard.closes === 1));
}

async function fails(operation: Promise<unknown>, code: NetworkErrorCode): Promise<void> {
  await assert.rejects(operation, (error) => {
    assert.ok(error instanceof NetworkError, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  });
}
