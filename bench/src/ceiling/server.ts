/*
 * One server of the ceiling, a process of its own: framed TCP, writes appended to one file with the pieces as they
 * came and answered after a shared fdatasync, reads from the page cache. No checksums, no index, no metadata: the least
 * that anyone can do for durable bytes in Node. Prints its port; ends when its input does.
 */

import { fdatasync, ftruncateSync, openSync, readSync, writevSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { decodeRequest, encodeReply, READ, REQUEST_HEADER_BYTES, type Reply, type Request, WRITE } from './frame.js';
import { Receiver } from './receiver.js';

const file = openSync(path.join(process.argv[2] as string, 'log'), 'wx+');
// Longer than it will ever be, so that no sync has a new length to record.
ftruncateSync(file, 64 * 2 ** 30);
let end = 0;
let unsynced: (() => void)[] = [];
let syncing = false;
const pool: Buffer[] = [];

const server = net.createServer({ noDelay: true }, (socket) => {
  const receiver = new Receiver<Request>(
    REQUEST_HEADER_BYTES,
    decodeRequest,
    ({ operation }) => operation === WRITE,
    (request, body) => (request.operation === READ ? read(socket, request) : write(socket, request, body)),
  );
  socket.on('data', (piece) => receiver.push(piece));
  socket.on('error', () => socket.destroy());
});

function write(socket: net.Socket, { id, length }: Request, body: Buffer[]): void {
  const offset = end;
  end += length;
  const written = writevSync(file, body, offset);
  if (written !== length) throw new Error(`wrote ${written} of ${length} bytes`);
  unsynced.push(() => socket.write(encodeReply({ id, offset, length: 0 })));
  sync();
}

function sync(): void {
  if (syncing || unsynced.length === 0) return;
  syncing = true;
  const waiting = unsynced;
  unsynced = [];
  fdatasync(file, (error) => {
    if (error) throw error;
    syncing = false;
    for (const answer of waiting) answer();
    sync();
  });
}

function read(socket: net.Socket, { id, offset, length }: Request): void {
  const buffer = pool.pop() ?? Buffer.allocUnsafeSlow(length);
  const got = readSync(file, buffer, 0, length, offset);
  const reply: Reply = { id, offset, length: got };
  socket.cork();
  socket.write(encodeReply(reply));
  socket.write(buffer, () => pool.push(buffer));
  socket.uncork();
}

server.listen(0, '127.0.0.1', () => console.log((server.address() as net.AddressInfo).port));
process.stdin.on('end', () => process.exit(0)).resume();
