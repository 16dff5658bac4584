import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { OracleViolation } from '../../oracle/violation.js';

/** A daemon is ready, or has stopped when told to, within this. */
const READY_MS_MAX = 120_000;
const STOP_MS_MAX = 60_000;
const POLL_MS = 20;
const LOG_TAIL_CHARACTERS = 3_000;

export type Role = 'metaserver' | 'chunkserver';

export interface DaemonProcessOptions {
  name: string;
  role: Role;
  directory: string;
  /** Beside directory and address. */
  args(): readonly string[];
  /** It is ready, at this address: another one each time. */
  onReady(address: string): void;
  /** An incarnation has begun. */
  onStart(): void;
  /** It did what no fault explains. */
  onViolation(violation: OracleViolation): void;
}

/** One daemon through all its incarnations. */
export class DaemonProcess {
  readonly name: string;
  readonly #options: DaemonProcessOptions;
  #child: ChildProcess | undefined;
  /** Whether someone ends the present incarnation. */
  #isExcused = false;
  #isReady = false;
  #back: NodeJS.Timeout | undefined;
  #isEnded = false;

  constructor(options: DaemonProcessOptions) {
    this.#options = options;
    this.name = options.name;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  get isAlive(): boolean {
    const child = this.#child;
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  /** Starts it at once, unless it lives. */
  launch(): void {
    clearTimeout(this.#back);
    this.#back = undefined;
    if (this.#isEnded) return;
    if (this.isAlive) {
      // One that is dying is waited for.
      if (this.#isExcused) this.#comeBackAfter(POLL_MS);
      return;
    }
    const { directory, args, onStart } = this.#options;
    const log = openSync(`${directory}.log`, 'a');
    const command = [executableOf(this.#options.role), '--dir', directory, '--listen', '127.0.0.1:0', ...args()];
    const child = spawn(process.execPath, command, { stdio: ['ignore', log, log] });
    closeSync(log);
    this.#child = child;
    this.#isExcused = false;
    child.once('exit', (code, signal) => this.#ended(child, code, signal));
    onStart();
    void this.#awaitReady(child);
  }

  /** SIGKILL; it comes back after a while, unless it is to come back anyhow. */
  kill(awayMs: number): void {
    this.#isExcused = true;
    this.#isReady = false;
    if (this.isAlive) this.#child?.kill('SIGKILL');
    this.#comeBackAfter(awayMs);
  }

  /** As a service manager stops it; it comes back after a while. */
  stop(awayMs: number): void {
    const child = this.#child;
    if (!this.isAlive || child === undefined || this.#isExcused) return;
    this.#isExcused = true;
    child.kill('SIGTERM');
    const overdue = setTimeout(() => {
      this.#violation(`has not stopped within ${STOP_MS_MAX} ms`);
    }, STOP_MS_MAX);
    child.once('exit', (code, signal) => {
      clearTimeout(overdue);
      if (signal === null && code !== 0) this.#violation(`was told to stop and ended with code ${code}`);
      this.#comeBackAfter(awayMs);
    });
  }

  /** Stops its clock, or lets it run again. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    if (this.isAlive) this.#child?.kill(signal);
  }

  /** Ends it for good. */
  async end(): Promise<void> {
    this.#isEnded = true;
    this.#isExcused = true;
    clearTimeout(this.#back);
    if (!this.isAlive) return;
    const child = this.#child as ChildProcess;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  /** What it said last. */
  logTail(): string {
    const file = `${this.#options.directory}.log`;
    return existsSync(file) ? readFileSync(file, 'utf8').slice(-LOG_TAIL_CHARACTERS) : '';
  }

  #comeBackAfter(awayMs: number): void {
    this.#back ??= setTimeout(() => {
      this.#back = undefined;
      this.launch();
    }, awayMs);
  }

  async #awaitReady(child: ChildProcess): Promise<void> {
    const giveUpAt = performance.now() + READY_MS_MAX;
    while (this.#child === child && this.isAlive) {
      const endpoint = readEndpoint(this.#options.directory);
      if (endpoint !== undefined && endpoint.pid === child.pid && !this.#isExcused) {
        this.#isReady = true;
        this.#options.onReady(endpoint.address);
        return;
      }
      if (performance.now() > giveUpAt && !this.#isExcused) {
        this.#violation(`was not ready within ${READY_MS_MAX} ms`);
        return;
      }
      await sleep(POLL_MS);
    }
  }

  #ended(child: ChildProcess, code: number | null, signal: NodeJS.Signals | null): void {
    if (child !== this.#child) return;
    this.#isReady = false;
    if (!this.#isExcused) this.#violation(`ended by itself with ${signal ?? `code ${code}`}`);
  }

  #violation(what: string): void {
    this.#options.onViolation(new OracleViolation(`${this.name} ${what}. It said last:\n${this.logTail()}`));
  }
}

function executableOf(role: Role): string {
  const manifest = fileURLToPath(import.meta.resolve(`@tessera/${role}/package.json`));
  return path.join(path.dirname(manifest), 'bin', `tessera-${role}.js`);
}

/** Written by a daemon once it is ready; a killed one leaves it behind. */
function readEndpoint(directory: string): { pid: number; address: string } | undefined {
  try {
    return JSON.parse(readFileSync(path.join(directory, 'endpoint.json'), 'utf8'));
  } catch {
    return undefined;
  }
}
