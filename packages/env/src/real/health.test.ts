import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { afterEach, test } from 'node:test';
import type { Listener } from '../network.js';
import { serveHealth } from './health.js';

const listeners: Listener[] = [];

afterEach(async () => {
  for (const listener of listeners.splice(0)) await listener.close();
});

async function serve(report: Parameters<typeof serveHealth>[1]): Promise<string> {
  const listener = await serveHealth('127.0.0.1:0', report);
  listeners.push(listener);
  return `http://${listener.address}`;
}

test('the report of the moment, 200 or 503', async () => {
  let healthy = false;
  const base = await serve(() => ({ healthy, fields: { status: healthy ? 'serving' : 'starting' } }));
  const starting = await fetch(`${base}/healthz`);
  assert.equal(starting.status, 503);
  assert.deepEqual(await starting.json(), { status: 'starting' });
  healthy = true;
  const serving = await fetch(`${base}/healthz?verbose=1`);
  assert.equal(serving.status, 200);
  assert.equal(serving.headers.get('content-type'), 'application/json');
  assert.deepEqual(await serving.json(), { status: 'serving' });
  const head = await fetch(`${base}/healthz`, { method: 'HEAD' });
  assert.equal(head.status, 200);
  assert.equal(await head.text(), '');
});

test('nothing else is there', async () => {
  const base = await serve(() => ({ healthy: true, fields: {} }));
  assert.equal((await fetch(`${base}/`)).status, 404);
  const post = await fetch(`${base}/healthz`, { method: 'POST', body: 'x'.repeat(100_000) });
  assert.equal(post.status, 405);
});

test('a port in use and an impossible address are told', async () => {
  const base = await serve(() => ({ healthy: true, fields: {} }));
  const taken = base.slice('http://'.length);
  const report = () => ({ healthy: true, fields: {} });
  await assert.rejects(serveHealth(taken, report), {
    code: 'ADDRESS_IN_USE',
    message: /another process uses that port/,
  });
  await assert.rejects(serveHealth('nonsense', report), { code: 'ADDRESS_INVALID' });
});

test('bytes that are no HTTP are answered and dropped, and the next request works', async () => {
  const base = await serve(() => ({ healthy: true, fields: {} }));
  const port = Number(base.split(':').at(-1));
  for (const bytes of [
    new Uint8Array(5_000).fill(0xff),
    Buffer.from('GET /healthz'),
    Buffer.from('PRI * HTTP/2.0\r\n\r\n'),
  ]) {
    await new Promise<void>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.end(bytes));
      socket.on('error', () => {});
      socket.on('close', () => resolve());
      socket.resume();
    });
  }
  assert.equal((await fetch(`${base}/healthz`)).status, 200);
});

test('closing does not wait for idle connections', async () => {
  const listener = await serveHealth('127.0.0.1:0', () => ({ healthy: true, fields: {} }));
  const port = Number(listener.address.split(':').at(-1));
  const socket = connect(port, '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => {});
  await listener.close();
  await closed;
});
