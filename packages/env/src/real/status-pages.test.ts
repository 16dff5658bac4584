import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { afterEach, test } from 'node:test';
import type { Listener } from '../network.js';
import { type HealthReport, type Page, serveStatus } from './status-pages.js';

const listeners: Listener[] = [];

afterEach(async () => {
  for (const listener of listeners.splice(0)) await listener.close();
});

async function serve(report: () => HealthReport, metrics?: () => Promise<Page>, limits?: object): Promise<string> {
  const pages = { health: report, ready: report, ...(metrics === undefined ? {} : { metrics }) };
  const listener = await serveStatus('127.0.0.1:0', pages, { ...LIMITS, ...limits });
  listeners.push(listener);
  return `http://${listener.address}`;
}

const LIMITS = { connectionsMax: 64, requestMsMax: 10_000, idleMsMax: 10_000 };

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
  await assert.rejects(serveStatus(taken, { health: report, ready: report }), {
    code: 'ADDRESS_IN_USE',
    message: /another process uses that port/,
  });
  await assert.rejects(serveStatus('nonsense', { health: report, ready: report }), { code: 'ADDRESS_INVALID' });
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
  const report = () => ({ healthy: true, fields: {} });
  const listener = await serveStatus('127.0.0.1:0', { health: report, ready: report });
  const port = Number(listener.address.split(':').at(-1));
  const socket = connect(port, '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => {});
  await listener.close();
  await closed;
});

test('metrics are served as they are, and only where there are some', async () => {
  let failure: Error | undefined;
  const report = () => ({ healthy: true, fields: {} });
  const base = await serve(report, async () => {
    if (failure) throw failure;
    return { type: 'text/plain; version=0.0.4', text: 'up 1\n' };
  });
  const page = await fetch(`${base}/metrics`);
  assert.equal(page.headers.get('content-type'), 'text/plain; version=0.0.4');
  assert.equal(await page.text(), 'up 1\n');
  failure = new Error('the store has failed');
  const broken = await fetch(`${base}/metrics`);
  assert.equal(broken.status, 500);
  assert.deepEqual(await broken.json(), { error: 'the store has failed' });
  assert.equal((await fetch(`${await serve(report)}/metrics`)).status, 404);
});

test('those who send too slowly, or nothing, are closed, and make room again', async () => {
  const report = () => ({ healthy: true, fields: {} });
  const base = await serve(report, undefined, { connectionsMax: 8, requestMsMax: 400 });
  const port = Number(base.split(':').at(-1));
  const endings = Array.from({ length: 24 }, (_, index) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    if (index % 2 === 0) socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    const drip = setInterval(() => socket.write('a'), 50);
    socket.resume();
    return new Promise<void>((resolve) =>
      socket.on('close', () => {
        clearInterval(drip);
        resolve();
      }),
    );
  });
  await Promise.all(endings);
  assert.equal((await fetch(`${base}/healthz`)).status, 200);
});
