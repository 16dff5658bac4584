import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SimulatedRandom } from '@tessera/env/simulated';
import { Draw } from '../../draw.js';
import { type Breakage, Route } from './route.js';

/** Long enough for bytes that are not held to come. */
const SOON_MS = 200;

let server: Server;
/** What the server has, in order of connection. */
const accepted: Socket[] = [];
let route: Route;
let flips = 0;

before(async () => {
  server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    accepted.push(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

after(() => {
  server.close();
});

beforeEach(async () => {
  flips = 0;
  route = await Route.open('a route', new Draw(new SimulatedRandom('route')), () => {
    flips++;
  });
  route.target = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  route.close();
  for (const socket of accepted.splice(0)) socket.destroy();
});

/** Both ends of a new connection through the route. */
async function connection(): Promise<{ client: Socket; far: Socket }> {
  const client = connect(Number(route.address.split(':')[1]), '127.0.0.1');
  client.on('error', () => {});
  client.write('hello');
  const [far] = (await once(server, 'connection')) as [Socket];
  assert.equal(await read(far, 5), 'hello');
  return { client, far };
}

/** The next so many bytes, as text. */
async function read(socket: Socket, count: number): Promise<string> {
  for (;;) {
    const piece = socket.read(count) as Buffer | null;
    if (piece !== null) return piece.toString('latin1');
    await once(socket, 'readable');
  }
}

/** All that comes until the connection ends or breaks. */
async function readAll(socket: Socket): Promise<string> {
  const pieces: Buffer[] = [];
  try {
    for await (const piece of socket) pieces.push(piece);
  } catch {
    // Broken.
  }
  return Buffer.concat(pieces).toString('latin1');
}

/** How a connection ends: in order or broken. */
async function endOf(socket: Socket): Promise<'end' | 'broken'> {
  socket.resume();
  let isEnded = socket.readableEnded;
  const ended = () => {
    isEnded = true;
    // It may be open in the other direction still.
    socket.destroy();
  };
  if (isEnded) ended();
  else socket.once('end', ended);
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
  return isEnded ? 'end' : 'broken';
}

/** Whether it is open after a while. */
async function staysOpen(socket: Socket): Promise<boolean> {
  return (await Promise.race([endOf(socket), sleep(SOON_MS, 'open')])) === 'open';
}

test('bytes pass both ways, and the end of one side is heard by the other', async () => {
  const { client, far } = await connection();
  far.write('there');
  assert.equal(await read(client, 5), 'there');
  client.end('bye');
  assert.equal(await read(far, 3), 'bye');
  far.resume();
  if (!far.readableEnded) await once(far, 'end');
  far.end('and more');
  assert.equal(await read(client, 8), 'and more');
});

test('much passes, however slowly it is taken', async () => {
  const { client, far } = await connection();
  const bytes = 8 * 1024 * 1024;
  client.end(Buffer.alloc(bytes, 7));
  await sleep(50);
  let count = 0;
  for await (const piece of far) count += piece.length;
  assert.equal(count, bytes);
});

test('what is held waits, one way only, and goes on when it is released', async () => {
  const { client, far } = await connection();
  route.up.hold();
  client.write('late');
  far.write('now');
  assert.equal(await read(client, 3), 'now');
  const coming = read(far, 4);
  assert.equal(await Promise.race([coming, sleep(SOON_MS, 'held')]), 'held');
  route.up.release();
  assert.equal(await coming, 'late');
});

test('a flip turns over one bit, and is told', async () => {
  const { client, far } = await connection();
  route.up.flipShare = 1;
  client.write('\0\0\0\0');
  const got = [...Buffer.from(await read(far, 4), 'latin1')];
  assert.equal(flips, 1);
  const bits = got.reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0);
  assert.equal(bits, 1);
  route.heal();
  client.write('\0\0\0\0');
  assert.equal(await read(far, 4), '\0\0\0\0');
});

test('bytes take their time', async () => {
  const { client, far } = await connection();
  route.up.delayMs = 60;
  const fromMs = performance.now();
  client.write('a');
  await read(far, 1);
  assert.ok(performance.now() - fromMs >= 59);
  route.up.delayMs = 0;
  route.up.bytesPerSecond = 1_000;
  const again = performance.now();
  client.write(Buffer.alloc(80));
  await read(far, 80);
  assert.ok(performance.now() - again >= 79);
});

const ENDS: [Breakage, 'end' | 'broken' | 'open', 'end' | 'broken' | 'open'][] = [
  ['reset', 'broken', 'broken'],
  ['end', 'end', 'end'],
  ['strand client', 'open', 'broken'],
  ['strand server', 'broken', 'open'],
];
for (const [how, atClient, atServer] of ENDS) {
  test(`${how}: the client finds the connection ${atClient}, the server ${atServer}`, async () => {
    const { client, far } = await connection();
    assert.equal(route.connections, 1);
    assert.equal(route.break(how), 1);
    for (const [socket, expected] of [
      [client, atClient],
      [far, atServer],
    ] as const) {
      if (expected === 'open') assert.ok(await staysOpen(socket));
      else assert.equal(await endOf(socket), expected);
    }
  });
}

test('a cut lets half of a piece through, and then the connection is over', async () => {
  for (const how of ['cut request', 'cut reply'] as const) {
    const { client, far } = await connection();
    const [from, to] = how === 'cut request' ? [client, far] : [far, client];
    route.break(how);
    from.write('12345678');
    assert.equal(await readAll(to), '1234');
  }
});

test('nobody gets through where nothing listens, or where connections are refused', async () => {
  for (const close of [
    () => (route.isRefusing = true),
    () => (route.target = undefined),
    () => (route.target = '127.0.0.1:1'),
  ]) {
    close();
    const client = connect(Number(route.address.split(':')[1]), '127.0.0.1');
    client.on('error', () => {});
    assert.equal(await endOf(client), 'broken');
    route.heal();
  }
});
