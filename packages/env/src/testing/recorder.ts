import { type Clock, sleep } from '../clock.js';
import type { Connection, ConnectionEvents, NetworkError } from '../network.js';

/** Keeps what a connection tells its owner, and lets a test wait for more of it. */
export class Recorder implements ConnectionEvents {
  readonly chunks: Uint8Array[] = [];
  bytes = 0;
  drains = 0;
  closes = 0;
  error: NetworkError | undefined;
  dataAfterClose = false;

  data(chunk: Uint8Array): void {
    this.chunks.push(Uint8Array.from(chunk));
    this.bytes += chunk.length;
    if (this.closes > 0) this.dataAfterClose = true;
  }

  drain(): void {
    this.drains++;
  }

  close(error?: NetworkError): void {
    this.closes++;
    this.error = error;
  }

  get content(): Buffer {
    return Buffer.concat(this.chunks);
  }
}

/** How often a test looks whether something has come about, and how often at most. */
const LOOK_MS = 2;
const LOOKS_MAX = 10_000;

/** Waits until `condition` holds; it fails the test when it never does. */
export async function eventually(clock: Clock, what: string, condition: () => boolean): Promise<void> {
  for (let look = 0; look < LOOKS_MAX; look++) {
    if (condition()) return;
    await sleep(clock, LOOK_MS);
  }
  throw new Error(`it never came about that ${what}`);
}

/** One end of a connection with what its owner has heard. */
export interface End {
  connection: Connection;
  heard: Recorder;
}
