import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Client, ClientCounters } from '@tessera/client';
import type { ClientProcess } from '../../workload/client-host.js';
import { errorOf } from './error-words.js';
import { remoteClient } from './remote-client.js';
import type { Answer, Ask } from './words.js';

const MAIN = fileURLToPath(new URL('./main.js', import.meta.url));

interface Asked {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** One incarnation of a client in a process of its own. What it was asked when it dies is never answered. */
export class RealClientProcess implements ClientProcess {
  readonly env = undefined;
  readonly #child: ChildProcess;
  readonly #metaserver: string;
  readonly #name: string;
  readonly #asked = new Map<number, Asked>();
  #last = 0;
  #bytesRead = 0;
  #counters: ClientCounters | undefined;
  #isKilled = false;

  /** `onOwnEnd` is told when it ends and nobody has killed it. */
  constructor(name: string, metaserver: string, onOwnEnd: (how: string) => void) {
    this.#name = name;
    this.#metaserver = metaserver;
    this.#child = fork(MAIN, { serialization: 'advanced' });
    this.#child.on('message', (answer: Answer) => this.#answered(answer));
    this.#child.once('exit', (code, signal) => {
      if (!this.#isKilled) onOwnEnd(`client process ${name} ended with ${signal ?? code}`);
    });
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Of files, as answers to what it was asked. */
  get bytesRead(): number {
    return this.#bytesRead;
  }

  async connect(): Promise<Client> {
    await this.#ask('connect', [{ metaserver: this.#metaserver, name: this.#name }]);
    return remoteClient(
      (method, args, handle) => this.#ask(method, args, handle),
      () => this.#counters as ClientCounters,
    );
  }

  onCrash(listener: () => void): void {
    this.#child.once('exit', listener);
  }

  crash(): void {
    this.#isKilled = true;
    this.#child.kill('SIGKILL');
  }

  /** Stops its clock, or lets it run again. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    if (this.alive) this.#child.kill(signal);
  }

  #ask(method: string, args: readonly unknown[], handle?: number): Promise<unknown> {
    const ask: Ask = { id: ++this.#last, method, handle, args };
    return new Promise((resolve, reject) => {
      this.#asked.set(ask.id, { resolve, reject });
      // A process that has died is heard of by its exit.
      this.#child.send(ask, () => {});
    });
  }

  #answered(answer: Answer): void {
    const asked = this.#asked.get(answer.id);
    this.#asked.delete(answer.id);
    this.#counters = answer.counters;
    if ('value' in answer) {
      this.#bytesRead += bytesIn(answer.value);
      asked?.resolve(answer.value);
      return;
    }
    asked?.reject(errorOf(answer.error));
  }
}

/** File content in an answer: whole, or in pieces. */
function bytesIn(value: unknown): number {
  if (value instanceof Uint8Array) return value.length;
  return Array.isArray(value) ? value.reduce((sum: number, item) => sum + bytesIn(item), 0) : 0;
}
