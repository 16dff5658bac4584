import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientHost, ClientProcess } from '../../workload/client-host.js';
import { RealClientProcess } from './client-process.js';

/** Where the real processes of one client run, one after the other, each with its own way to the metaserver. */
export class RealClientHost implements ClientHost {
  readonly name: string;
  readonly #metaserver: string;
  readonly #onOwnEnd: (how: string) => void;
  #process: RealClientProcess | undefined;
  #isEnded = false;
  #bytesReadBefore = 0;

  constructor(name: string, metaserver: string, onOwnEnd: (how: string) => void) {
    this.name = name;
    this.#metaserver = metaserver;
    this.#onOwnEnd = onOwnEnd;
  }

  /** Bytes of files that its processes have handed out. */
  get bytesRead(): number {
    return this.#bytesReadBefore + (this.#process?.bytesRead ?? 0);
  }

  start(): ClientProcess {
    if (this.#isEnded) throw new Error(`${this.name} is to start no more`);
    this.#bytesReadBefore = this.bytesRead;
    this.#process = new RealClientProcess(this.name, this.#metaserver, this.#onOwnEnd);
    return this.#process;
  }

  rest(ms: number): Promise<void> {
    return sleep(ms);
  }

  pause(): void {
    this.#process?.signal('SIGSTOP');
  }

  resume(): void {
    this.#process?.signal('SIGCONT');
  }

  crash(): void {
    this.#process?.crash();
  }

  /** Ends its process for good. */
  end(): void {
    this.#isEnded = true;
    this.crash();
  }
}
