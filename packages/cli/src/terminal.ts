import type { Readable, Writable } from 'node:stream';

/** What a command has of the outside; main.ts passes the process's own, tests theirs. */
export interface Terminal {
  stdin: Readable;
  stdout: Writable;
  stderr: Writable;
  environment: Readonly<Record<string, string | undefined>>;
  /** Characters in a line of standard output; unset when it is no terminal. */
  columns?: number | undefined;
  /** Working directory. */
  cwd: string;
  /** Aborts when the user interrupts. */
  signal: AbortSignal;
}
