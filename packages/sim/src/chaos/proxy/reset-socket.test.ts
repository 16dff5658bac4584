import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { resetSocket } from './reset-socket.js';

test('a connection is reset, just ended or not, and is gone', async () => {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  try {
    await once(server, 'listening');
    for (const isEnding of [false, true]) {
      const near = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
      const [[far]] = (await Promise.all([once(server, 'connection'), once(near, 'connect')])) as [[Socket], unknown];
      const heard = new Promise((resolve) =>
        far.once('error', () => resolve('an error')).once('end', () => resolve('an end')),
      );
      far.resume();
      const errors: Error[] = [];
      near.on('error', (error) => errors.push(error));
      if (isEnding) near.end();
      // By now an end is under way and has not happened.
      await new Promise<void>((resolve) => process.nextTick(resolve));
      resetSocket(near);
      await once(near, 'close');
      assert.deepEqual(errors, []);
      assert.equal(await heard, isEnding ? 'an end' : 'an error');
      far.destroy();
      resetSocket(near);
    }
  } finally {
    server.close();
  }
});
