/*
 * One server of the ceiling, a process of its own: framed TCP, writes appended to one file with the pieces as they
 * came and answered after a shared fdatasync, reads from the page cache. No checksums, no index, no metadata: the least
 * that anyone can do for durable bytes in Node. Prints its port; ends when its input does.
 */

import { closeSync, fdatasync, ftruncateSync, openSync, read, readSync, rmSync, writevSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import {
  decodeRequest,
  EMPTY,
  encodeReply,
  hasBody,
  READ,
  READ_COLD,
  REQUEST_HEADER_BYTES,
  type Reply,
  type Request,
  WRITE_SYNCED,
} from './frame.js';
import { Receiver } from './receiver.js';

// As a chunkserver does: else both would be compared by how often V8 marks their heaps.
setFlagsFromString('--heap-growing-percent=900');

/** The longest body of any case. */
const BODY_BYTES_MAX = 1024 * 1024;
/** Longer than the file will ever be, so that no sync has a new length to record. */
const FILE_BYTES = 64 * 2 ** 30;

const log = path.join(process.argv[2] as string, 'log');
let file = openLog();
let end = 0;
let unsynced: (() => void)[] = [];
let syncing = false;
const pool: Buffer[] = [];

const server = net.createServer({ noDelay: true }, (socket) => {
  const receiver = new Receiver<Request>(
    REQUEST_HEADER_BYTES,
    decodeRequest,
    ({ operation }) => hasBody(operation),
    (request, body) => serve(socket, request, body),
  );
  socket.on('data', (piece) => receiver.push(piece));
  socket.on('error', () => socket.destroy());
});

function serve(socket: net.Socket, request: Request, body: Buffer[]): void {
  if (hasBody(request.operation)) write(socket, request, body);
  else if (request.operation === READ) answerRead(socket, request);
  else if (request.operation === READ_COLD) answerColdRead(socket, request);
  else if (request.operation === EMPTY) empty(socket, request);
  else throw new Error(`unknown operation ${request.operation}`);
}

function write(socket: net.Socket, { operation, id, length }: Request, body: Buffer[]): void {
  const offset = end;
  end += length;
  const written = writevSync(file, body, offset);
  if (written !== length) throw new Error(`wrote ${written} of ${length} bytes`);
  const answer = () => socket.write(encodeReply({ id, offset, length: 0 }));
  if (operation === WRITE_SYNCED) {
    unsynced.push(answer);
    sync();
  } else {
    answer();
  }
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

function answerRead(socket: net.Socket, { id, offset, length }: Request): void {
  const buffer = pool.pop() ?? Buffer.allocUnsafeSlow(BODY_BYTES_MAX);
  sendBody(socket, { id, offset, length: readSync(file, buffer, 0, length, offset) }, buffer);
}

function answerColdRead(socket: net.Socket, { id, offset, length }: Request): void {
  const buffer = pool.pop() ?? Buffer.allocUnsafeSlow(BODY_BYTES_MAX);
  read(file, buffer, 0, length, offset, (error, got) => {
    if (error) throw error;
    sendBody(socket, { id, offset, length: got }, buffer);
  });
}

function sendBody(socket: net.Socket, reply: Reply, buffer: Buffer): void {
  socket.cork();
  socket.write(encodeReply(reply));
  socket.write(buffer.subarray(0, reply.length), () => pool.push(buffer));
  socket.uncork();
}

function empty(socket: net.Socket, { id }: Request): void {
  closeSync(file);
  rmSync(log);
  file = openLog();
  end = 0;
  socket.write(encodeReply({ id, offset: 0, length: 0 }));
}

function openLog(): number {
  const opened = openSync(log, 'wx+');
  ftruncateSync(opened, FILE_BYTES);
  return opened;
}

server.listen(0, '127.0.0.1', () => console.log((server.address() as net.AddressInfo).port));
process.stdin.on('end', () => process.exit(0)).resume();
