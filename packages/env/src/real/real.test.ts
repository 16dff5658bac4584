import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fixture } from '../testing/fixture.js';
import { clockContract, diskContract, networkContract, randomContract } from '../testing/index.js';
import { createRealEnv } from './env.js';

/** Timers and idle channels of a real environment keep no process alive, so a waiting test must. */
async function drive<R>(body: Promise<R>): Promise<R> {
  const alive = setInterval(() => {}, 1_000);
  try {
    return await body;
  } finally {
    clearInterval(alive);
  }
}

async function fixture<T>(subject: T, close: () => void | Promise<void>): Promise<Fixture<T>> {
  return { subject, drive, close: async () => close() };
}

clockContract('real', () => fixture(createRealEnv().clock, () => {}));

randomContract('real', () => createRealEnv().random);

diskContract('real', async () => {
  const root = await mkdtemp(join(tmpdir(), 'tessera-disk-'));
  return fixture({ disk: createRealEnv().disk, root }, () => rm(root, { recursive: true }));
});

for (const host of ['127.0.0.1', '[::1]']) {
  networkContract(`real at ${host}`, async () => {
    const client = createRealEnv();
    const server = createRealEnv();
    const subject = {
      client: client.network,
      server: server.network,
      listenAddress: `${host}:0`,
      deadAddress: await unusedAddress(),
      clock: client.clock,
    };
    return fixture(subject, () => {
      client.close();
      server.close();
    });
  });
}

/** A port that was free a moment ago. */
async function unusedAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `127.0.0.1:${port}`;
}
