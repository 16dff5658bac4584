import { setTimeout as sleep } from 'node:timers/promises';
import { TesseraError } from '@tessera/protocol';
import { connect } from '../connect.js';
import { POLL_MS, REGISTER_MS_MAX } from './limits.js';

/** Resolves once the metaserver sees all these chunkserver addresses up. @throws TesseraError UNAVAILABLE */
export async function awaitRegistration(metaserver: string, addresses: readonly string[]): Promise<void> {
  const deadline = performance.now() + REGISTER_MS_MAX;
  const client = await connect({ metaserver, name: 'tessera-local-cluster' });
  try {
    for (;;) {
      const { servers } = await client.clusterStatus();
      const up = new Set(servers.filter(({ state }) => state === 'up').map(({ address }) => address));
      const missing = addresses.filter((address) => !up.has(address));
      if (missing.length === 0) return;
      if (performance.now() > deadline) {
        throw new TesseraError(
          'UNAVAILABLE',
          `the metaserver ${metaserver} does not see ${missing.join(', ')} up after ${REGISTER_MS_MAX / 1000} s`,
        );
      }
      await sleep(POLL_MS);
    }
  } finally {
    await client.close();
  }
}
