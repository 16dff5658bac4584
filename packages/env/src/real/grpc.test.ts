import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Recorder } from '../testing/recorder.js';
import { createRealEnv } from './env.js';

const PATH = '/tessera.test.Echo/Echo';
const CONNECTIONS_MANY = 2_000;

async function withServer(body: (address: string, env: ReturnType<typeof createRealEnv>) => Promise<void>) {
  const env = createRealEnv();
  const listener = await env.network.serve('127.0.0.1:0', new Map([[PATH, async (request) => request]]));
  try {
    await body(listener.address, env);
    const reply = await env.network.call(listener.address, PATH, new Uint8Array([5]), { deadlineMs: 30_000 });
    assert.deepEqual([...reply], [5], 'the server still answers');
  } finally {
    env.close();
    await listener.close();
  }
}

test('garbage on the port of a gRPC server breaks that connection only', () =>
  withServer(async (address, env) => {
    const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    const garbage = [
      env.random.fill(new Uint8Array(100_000)),
      Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
      Buffer.concat([preface, env.random.fill(new Uint8Array(10_000))]),
      Buffer.concat([preface, new Uint8Array([0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0])]),
      new Uint8Array([0x16, 3, 1, 2, 0, 1]),
    ];
    for (const bytes of garbage) {
      const closed = new Promise<void>((resolve) => {
        const heard = new Recorder();
        heard.close = () => resolve();
        env.network.connect(address, heard, { timeoutMs: 30_000 }).then((connection) => {
          connection.write([bytes]);
          connection.end();
        });
      });
      await closed;
    }
  }));

test('many connections opened and dropped leave a gRPC server well', () =>
  withServer(async (address, env) => {
    for (let opened = 0; opened < CONNECTIONS_MANY; opened += 100) {
      const batch = Array.from({ length: 100 }, async () => {
        const connection = await env.network.connect(address, new Recorder(), { timeoutMs: 30_000 });
        connection.destroy();
      });
      await Promise.all(batch);
    }
  }));

test('closing the cached channels is final for none of them', () =>
  withServer(async (address, env) => {
    for (let round = 0; round < 3; round++) {
      await env.network.call(address, PATH, new Uint8Array(1), { deadlineMs: 30_000 });
      env.close();
    }
  }));
