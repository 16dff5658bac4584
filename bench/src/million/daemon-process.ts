import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

/** A daemon that a case starts, stops and looks into itself. */
export class DaemonProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor(command: readonly string[]) {
    this.#child = spawn(process.execPath, command, { stdio: ['ignore', 'ignore', 'inherit'] });
    this.#ended = once(this.#child, 'exit');
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** Memory of its own, in bytes: files that it has mapped do not count. */
  anonymousBytes(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  }

  /** SIGTERM, or SIGKILL as a crash; resolves when it is gone. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.#child.kill(signal);
    await this.#ended;
  }
}
