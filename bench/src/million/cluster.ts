import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Client, connect } from '@tessera/client';
import type { Roles } from '../cpu.js';
import type { Subject } from '../phase.js';
import type { Profiler } from '../profile/profiler.js';
import { DaemonProcess } from './daemon-process.js';

const POLL_MS = 20;
/** A run of half an hour is to outlive a machine that stands still for a while; nothing is measured by it. */
const DEADLINE_MS = 15 * 60_000;

export type Role = 'metaserver' | 'chunkserver';

/** One metaserver and one chunkserver on a disk that leaves zeros out, and a client in this process. */
export class MillionCluster implements Subject {
  readonly #directory: string;
  readonly #daemons = new Map<Role, DaemonProcess>();
  readonly #metaserver: string;
  readonly #profiler: Profiler;
  #client: Client | undefined;

  private constructor(directory: string, metaserver: string, profiler: Profiler) {
    this.#directory = directory;
    this.#profiler = profiler;
    this.#metaserver = metaserver;
  }

  static async start(parent: string, profiler: Profiler): Promise<MillionCluster> {
    const directory = await mkdtemp(path.join(parent, 'tessera-million-'));
    // A fixed port for the next start of the metaserver: whatever the first one was given.
    const first = spawnMetaserver(directory, '127.0.0.1:0');
    const cluster = new MillionCluster(directory, await addressOf(directory, first), profiler);
    cluster.#daemons.set('metaserver', first);
    cluster.begin('chunkserver');
    cluster.#client = await connectTo(cluster.#metaserver);
    while ((await cluster.client.clusterStatus()).servers.every(({ state }) => state !== 'up')) await sleep(POLL_MS);
    return cluster;
  }

  roles(): Roles {
    return {
      client: [process.pid],
      metaserver: [this.daemon('metaserver').pid],
      chunkserver: [this.daemon('chunkserver').pid],
    };
  }

  profiled<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.#profiler.run(name, this.roles(), work);
  }

  get client(): Client {
    return this.#client as Client;
  }

  daemon(role: Role): DaemonProcess {
    return this.#daemons.get(role) as DaemonProcess;
  }

  /** Starts a daemon that has ended. */
  begin(role: Role): void {
    const daemon =
      role === 'metaserver'
        ? spawnMetaserver(this.#directory, this.#metaserver)
        : new DaemonProcess([
            fileURLToPath(new URL('./chunkserver.js', import.meta.url)),
            path.join(this.#directory, role),
            this.#metaserver,
          ]);
    this.#daemons.set(role, daemon);
  }

  /** A client that knows nothing yet. */
  async reconnect(): Promise<Client> {
    await this.#client?.close();
    this.#client = await connectTo(this.#metaserver);
    return this.#client;
  }

  async stop(): Promise<void> {
    await this.#client?.close();
    for (const role of ['chunkserver', 'metaserver'] as const) await this.#daemons.get(role)?.end('SIGKILL');
    await rm(this.#directory, { recursive: true, force: true });
  }
}

function connectTo(metaserver: string): Promise<Client> {
  return connect({ metaserver, name: 'bench-million', deadlineMs: DEADLINE_MS });
}

function spawnMetaserver(directory: string, listen: string): DaemonProcess {
  const manifest = fileURLToPath(import.meta.resolve('@tessera/metaserver/package.json'));
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'));
  const executable = path.join(path.dirname(manifest), bin['tessera-metaserver']);
  const flags = ['--dir', path.join(directory, 'metaserver'), '--listen', listen, '--log-level', 'warn'];
  return new DaemonProcess([executable, ...flags]);
}

async function addressOf(directory: string, { pid }: DaemonProcess): Promise<string> {
  for (;;) {
    try {
      const endpoint = JSON.parse(readFileSync(path.join(directory, 'metaserver/endpoint.json'), 'utf8'));
      if (endpoint.pid === pid) return endpoint.address;
    } catch {
      // Not written yet.
    }
    await sleep(POLL_MS);
  }
}
