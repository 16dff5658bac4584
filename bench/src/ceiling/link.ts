import { once } from 'node:events';
import net from 'node:net';
import { decodeReply, encodeRequest, REPLY_HEADER_BYTES, type Reply } from './frame.js';
import { Receiver } from './receiver.js';

/** A connection to one server of the ceiling. */
export interface Link {
  call(operation: number, offset: number, length: number, body?: Uint8Array): Promise<{ reply: Reply; body: Buffer[] }>;
  close(): void;
}

export async function openLink(port: number): Promise<Link> {
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  const waiting = new Map<number, (answer: { reply: Reply; body: Buffer[] }) => void>();
  let nextId = 0;
  const receiver = new Receiver<Reply>(
    REPLY_HEADER_BYTES,
    decodeReply,
    ({ length }) => length > 0,
    (reply, body) => {
      waiting.get(reply.id)?.({ reply, body });
      waiting.delete(reply.id);
    },
  );
  socket.on('data', (piece) => receiver.push(piece));
  return {
    call: (operation, offset, length, body) =>
      new Promise((resolve) => {
        const id = nextId++;
        waiting.set(id, resolve);
        socket.cork();
        socket.write(encodeRequest({ operation, id, offset, length }));
        if (body !== undefined) socket.write(body);
        socket.uncork();
      }),
    close: () => socket.destroy(),
  };
}
