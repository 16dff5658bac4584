import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const PACKAGES = fileURLToPath(new URL('../../../', import.meta.url));
const READY_MS_MAX = 60_000;
const POLL_MS = 20;
const LOG_TAIL_CHARACTERS = 4_000;

type Role = 'metaserver' | 'chunkserver';

interface Daemon {
  readonly name: string;
  readonly role: Role;
  readonly directory: string;
  readonly args: readonly string[];
  listen: string;
  child: ChildProcess | undefined;
}

/** Real daemons in a temporary directory: one metaserver, and chunkservers each on a host label of its own. */
export class DaemonCluster {
  readonly directory = mkdtempSync(path.join(tmpdir(), 'tessera-client-'));
  readonly #daemons = new Map<string, Daemon>();

  /** Starts them and waits until each is ready. Chunkservers are called host-1, host-2, … */
  static async start(chunkservers: number, chunkserverArgs: readonly string[] = []): Promise<DaemonCluster> {
    const cluster = new DaemonCluster();
    try {
      await cluster.#launch(cluster.#add('metaserver', 'metaserver', []));
      const hosts = Array.from({ length: chunkservers }, (_, index) => `host-${index + 1}`);
      await Promise.all(
        hosts.map((host) => {
          const args = ['--metaserver', cluster.metaserver, '--label', `host=${host}`, ...chunkserverArgs];
          return cluster.#launch(cluster.#add(host, 'chunkserver', args));
        }),
      );
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  get metaserver(): string {
    return this.#daemon('metaserver').listen;
  }

  /** SIGKILL, and wait until the process is gone. */
  async kill(...names: string[]): Promise<void> {
    await Promise.all(names.map((name) => this.#signal(this.#daemon(name), 'SIGKILL')));
  }

  /** Stops a process's clock: it keeps its connections and says nothing. */
  freeze(name: string): void {
    this.#daemon(name).child?.kill('SIGSTOP');
  }

  thaw(name: string): void {
    this.#daemon(name).child?.kill('SIGCONT');
  }

  /** Starts what was killed, on the same address, and waits until it is ready. */
  async restart(...names: string[]): Promise<void> {
    await Promise.all(names.map((name) => this.#launch(this.#daemon(name))));
  }

  /** Resolves once a process has ended by itself, with its exit code or signal. */
  async ended(name: string): Promise<number | string> {
    const { child } = this.#daemon(name);
    if (child === undefined) throw new Error(`${name} was never started`);
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    return child.signalCode ?? child.exitCode ?? 'unknown';
  }

  /** As `restart`, but wherever there is room. */
  async restartElsewhere(name: string): Promise<void> {
    const daemon = this.#daemon(name);
    daemon.listen = '127.0.0.1:0';
    await this.#launch(daemon);
  }

  directoryOf(name: string): string {
    return this.#daemon(name).directory;
  }

  pids(): number[] {
    return [...this.#daemons.values()].flatMap(({ child }) => (child?.pid === undefined ? [] : [child.pid]));
  }

  /** What each daemon said last, for whoever looks into a failure. */
  logTails(): string {
    return [...this.#daemons.values()].map((daemon) => `== ${daemon.name}\n${logTail(daemon)}`).join('\n');
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#daemons.values()].map((daemon) => this.#signal(daemon, 'SIGKILL')));
    rmSync(this.directory, { recursive: true, force: true });
  }

  #add(name: string, role: Role, args: readonly string[]): Daemon {
    const directory = path.join(this.directory, name);
    const daemon = { name, role, directory, args, listen: '127.0.0.1:0', child: undefined };
    this.#daemons.set(name, daemon);
    return daemon;
  }

  #daemon(name: string): Daemon {
    const daemon = this.#daemons.get(name);
    if (daemon === undefined) throw new Error(`no daemon is called ${name}`);
    return daemon;
  }

  async #launch(daemon: Daemon): Promise<void> {
    const bin = path.join(PACKAGES, daemon.role, 'bin', `tessera-${daemon.role}.js`);
    const log = openSync(`${daemon.directory}.log`, 'a');
    const args = [bin, '--dir', daemon.directory, '--listen', daemon.listen, ...daemon.args];
    const child = spawn(process.execPath, args, { stdio: ['ignore', log, log] });
    closeSync(log);
    daemon.child = child;
    const giveUpAt = performance.now() + READY_MS_MAX;
    while (child.exitCode === null && child.signalCode === null && performance.now() < giveUpAt) {
      const endpoint = readEndpoint(daemon.directory);
      if (endpoint?.pid === child.pid && endpoint !== undefined) {
        daemon.listen = endpoint.address;
        return;
      }
      await sleep(POLL_MS);
    }
    const end = child.signalCode ?? child.exitCode ?? 'not ready in time';
    throw new Error(`${daemon.name} did not start (${end}):\n${logTail(daemon)}`);
  }

  async #signal(daemon: Daemon, signal: NodeJS.Signals): Promise<void> {
    const { child } = daemon;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }
}

function logTail({ directory }: Daemon): string {
  return readFileSync(`${directory}.log`, 'utf8').slice(-LOG_TAIL_CHARACTERS);
}

/** Written by a daemon once it is ready; a killed one leaves it behind. */
function readEndpoint(directory: string): { pid: number; address: string } | undefined {
  try {
    return JSON.parse(readFileSync(path.join(directory, 'endpoint.json'), 'utf8'));
  } catch {
    return undefined;
  }
}
