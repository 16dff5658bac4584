import { readFile } from 'node:fs/promises';
import path from 'node:path';

const ENDPOINT_FILE = 'endpoint.json';

/** What a daemon writes into its data directory once it is ready, and removes when it stops cleanly. */
export interface Endpoint {
  role: string;
  pid: number;
  /** host:port it serves. */
  address: string;
  /** host:port of /healthz. */
  health: string;
  /** host:port of /metrics; unset: the daemon was started before there were any. */
  metrics?: string;
}

/** Undefined when the daemon has not become ready or has stopped cleanly. A killed one leaves its file behind. */
export async function readEndpoint(dataDirectory: string): Promise<Endpoint | undefined> {
  try {
    return JSON.parse(await readFile(path.join(dataDirectory, ENDPOINT_FILE), 'utf8'));
  } catch (error) {
    const missing = ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
    // A daemon that is killed while it writes leaves half a file: it never became ready.
    if (missing || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
