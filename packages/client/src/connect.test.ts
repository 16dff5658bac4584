import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Network } from '@tessera/env';
import { TesseraError } from '@tessera/protocol';
import { connect } from './connect.js';
import { ManualClock } from './testing/manual-clock.js';
import { SeededRandom } from './testing/seeded-random.js';

/** Takes every call and answers none, not even that its deadline has passed. */
const silent: Network = {
  call: () => new Promise(() => {}),
  connect: () => new Promise(() => {}),
  listen: () => assert.fail('a client listens nowhere'),
  serve: () => assert.fail('a client serves nothing'),
};

test('a connection given up at its deadline says why, though nothing at all was heard', async () => {
  const clock = new ManualClock();
  const env = { clock, random: new SeededRandom(1), network: silent };
  let thrown: unknown;
  const connecting = connect({ metaserver: 'meta:7070', env, codec: 'library', deadlineMs: 1_000 }).catch((error) => {
    thrown = error;
  });
  // The codec is loaded first, which takes real time.
  for (let turn = 0; turn < 1_000 && thrown === undefined; turn++) {
    await clock.advance(100);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  await connecting;
  assert.ok(thrown instanceof TesseraError);
  assert.equal(thrown.code, 'UNAVAILABLE');
  assert.match(thrown.message, /^connecting to meta:7070: the deadline has passed/);
  assert.ok(thrown.cause instanceof TesseraError);
  assert.equal(thrown.cause.code, 'DEADLINE_EXCEEDED');
});
