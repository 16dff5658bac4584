import type { Client, ClientEnv } from '@tessera/client';

/** One incarnation of a client process. */
export interface ClientProcess {
  readonly alive: boolean;
  /** Undefined where it has a process of its own. */
  readonly env: ClientEnv | undefined;
  /** @throws TesseraError as `connect` of the SDK */
  connect(): Promise<Client>;
  /** Called once, when it has died. */
  onCrash(listener: () => void): void;
  crash(): void;
  /** Where it can stand still: none of its code runs until it is thawed. */
  freeze?(): void;
  thaw?(): void;
  frozen?(): boolean;
}

/** Where client processes run, one after the other. */
export interface ClientHost {
  readonly name: string;
  start(): ClientProcess;
  /** Lets time pass, whether or not a process lives. */
  rest(ms: number): Promise<void>;
}
