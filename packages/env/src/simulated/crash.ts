/** `power` takes the whole host and what was not synced; `kill` takes one process and leaves the system's cache. */
export type CrashKind = 'power' | 'kill';

/** Thrown by synchronous calls of an incarnation that has crashed: it only unwinds the stack of dead code. */
export class SimulatedCrash extends Error {
  /** Whose it is. */
  readonly process: string;

  constructor(process: string) {
    super(`${process} has crashed`);
    this.name = 'SimulatedCrash';
    this.process = process;
  }
}

/** True for a SimulatedCrash, also one that dead code wrapped as a cause on its way out. */
export function isSimulatedCrash(error: unknown): boolean {
  return crashIn(error) !== undefined;
}

/** The SimulatedCrash that this is, or that dead code wrapped as a cause on its way out. */
export function crashIn(error: unknown): SimulatedCrash | undefined {
  const seen = new Set<Error>();
  for (let at = error; at instanceof Error && !seen.has(at); at = at.cause) {
    if (at instanceof SimulatedCrash) return at;
    seen.add(at);
  }
  return undefined;
}

/** What an asynchronous call of a crashed incarnation returns. */
export function never<T>(): Promise<T> {
  return new Promise<T>(() => {});
}
