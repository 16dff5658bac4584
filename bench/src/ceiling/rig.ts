import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { cpuSeconds } from '../cpu.js';
import { decodeReply, encodeRequest, READ, REPLY_HEADER_BYTES, type Reply, WRITE } from './frame.js';
import { Receiver } from './receiver.js';

/** Where the ceiling put a body. */
export interface Place {
  server: number;
  offset: number;
}

/** The machine's own ceiling: as many processes as a cluster has, doing nothing but move and sync bytes. */
export interface CeilingRig {
  write(server: number, body: Uint8Array): Promise<Place>;
  /** The body in one buffer of its own. */
  read(place: Place, length: number): Promise<Buffer>;
  cpuSeconds(): number;
  stop(): Promise<void>;
}

export async function startCeilingRig(parent: string, servers: number): Promise<CeilingRig> {
  const directory = await mkdtemp(path.join(parent, 'tessera-ceiling-'));
  const started = await Promise.all(
    Array.from({ length: servers }, async (_, index) => {
      const own = path.join(directory, `server-${index}`);
      await mkdir(own);
      const child = spawn(process.execPath, [fileURLToPath(new URL('./server.js', import.meta.url)), own], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      const [port] = await once(createInterface(child.stdout), 'line');
      return { child, link: await openLink(Number(port)) };
    }),
  );
  return {
    async write(server, body) {
      const { reply } = await linkOf(server).call(WRITE, 0, body.length, body);
      return { server, offset: reply.offset };
    },
    async read({ server, offset }, length) {
      const { reply, body } = await linkOf(server).call(READ, offset, length);
      if (reply.length !== length) throw new Error(`read ${reply.length} of ${length} bytes`);
      const whole = Buffer.allocUnsafeSlow(length);
      let at = 0;
      for (const part of body) at += part.copy(whole, at);
      return whole;
    },
    cpuSeconds: () => cpuSeconds(started.map(({ child }) => child.pid as number)),
    async stop() {
      for (const { child, link } of started) {
        link.close();
        await ended(child);
      }
      await rm(directory, { recursive: true, force: true });
    },
  };

  function linkOf(server: number): Link {
    return (started[server] as { link: Link }).link;
  }
}

async function ended(child: ChildProcess): Promise<void> {
  child.stdin?.end();
  if (child.exitCode === null) await once(child, 'exit');
}

interface Link {
  call(operation: number, offset: number, length: number, body?: Uint8Array): Promise<{ reply: Reply; body: Buffer[] }>;
  close(): void;
}

async function openLink(port: number): Promise<Link> {
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
