import { TesseraError } from '@tessera/protocol';
import type { Client, ConnectOptions } from './api.js';

/** Opens a session with the cluster behind a metaserver. @throws TesseraError UNAVAILABLE, INVALID_ARGUMENT, … */
export async function connect(options: ConnectOptions): Promise<Client> {
  throw new TesseraError('UNIMPLEMENTED', `${options.metaserver}: the client is being written`);
}
