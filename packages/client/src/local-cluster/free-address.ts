import { createServer } from 'node:net';
import { parseAddress } from '@tessera/env';

/** The address itself when nothing listens there, else any free port of the same host. */
export async function freeAddress(address: string): Promise<string> {
  const { host, port } = parseAddress(address);
  return port === 0 || (await isFree(host, port)) ? address : address.replace(/\d+$/, '0');
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
