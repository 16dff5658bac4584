import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Subject } from '../phase.js';
import type { Profiler } from '../profile/profiler.js';
import { EMPTY, READ, READ_COLD, WRITE, WRITE_SYNCED } from './frame.js';
import { type Link, openLink } from './link.js';

/** Where the ceiling put a body. */
export interface Place {
  server: number;
  offset: number;
}

/** The machine's own ceiling: as many processes as a cluster has, doing nothing but move and sync bytes. */
export interface CeilingRig extends Subject {
  /** To the next server in turn, durable when it is `synced`. */
  write(body: Uint8Array, synced: boolean): Promise<Place>;
  /** The bytes in one buffer of their own. `cold` ones are expected on the disk, others in the page cache. */
  read(place: Place, length: number, cold?: boolean): Promise<Buffer>;
  /** Removes all that was written. */
  empty(): Promise<void>;
  stop(): Promise<void>;
}

export async function startCeilingRig(parent: string, servers: number, profiler: Profiler): Promise<CeilingRig> {
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
  let turn = 0;
  const roles = { client: [process.pid], servers: started.map(({ child }) => child.pid as number) };
  return {
    roles: () => roles,
    profiled: (name, work) => profiler.run(`${name}/ceiling`, roles, work),
    async write(body, synced) {
      const server = turn++ % servers;
      const { reply } = await linkOf(server).call(synced ? WRITE_SYNCED : WRITE, 0, body.length, body);
      return { server, offset: reply.offset };
    },
    async read({ server, offset }, length, cold = false) {
      const { reply, body } = await linkOf(server).call(cold ? READ_COLD : READ, offset, length);
      if (reply.length !== length) throw new Error(`read ${reply.length} of ${length} bytes`);
      const whole = Buffer.allocUnsafeSlow(length);
      let at = 0;
      for (const part of body) at += part.copy(whole, at);
      return whole;
    },
    async empty() {
      await Promise.all(started.map(({ link }) => link.call(EMPTY, 0, 0)));
    },
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
