import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { type Connection, createRealEnv, type Listener, type Network } from '@tessera/env';
import { TesseraError } from '@tessera/protocol';
import type { Group, GroupOptions } from './api.js';
import { joinGroup } from './join-group.js';

const DEADLINE_MS = 30_000;

/** The real network, with a list of what is open. */
function watchedEnv() {
  const { clock, network } = createRealEnv();
  const open = new Set<Connection | Listener>();
  const watched: Pick<Network, 'connect' | 'listen'> = {
    async connect(address, events, options) {
      let connection: Connection | undefined;
      const close: typeof events.close = (error) => {
        if (connection !== undefined) open.delete(connection);
        events.close(error);
      };
      const { data, drain } = events;
      connection = await network.connect(address, { data, drain, close }, options);
      open.add(connection);
      return connection;
    },
    async listen(address, accept) {
      const listener = await network.listen(address, accept);
      open.add(listener);
      const close = async () => {
        await listener.close();
        open.delete(listener);
      };
      return { address: listener.address, close };
    },
  };
  return { env: { clock, network: watched as Network }, open };
}

async function freeAddress(): Promise<string> {
  const { network } = createRealEnv();
  const listener = await network.listen('127.0.0.1:0', () => ({ data() {}, drain() {}, close() {} }));
  const { address } = listener;
  await listener.close();
  return address;
}

type Changes = Partial<GroupOptions>;

async function joinAll(size: number, changes: Readonly<Record<number, Changes>> = {}) {
  const address = await freeAddress();
  const { env, open } = watchedEnv();
  const joins = Array.from({ length: size }, (_, rank) =>
    joinGroup({ rank, size, address, token: 'ours', deadlineMs: DEADLINE_MS, env, ...changes[rank] }),
  );
  const outcomes = await Promise.allSettled(joins);
  const groups = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const errors = outcomes.map((outcome) =>
    outcome.status === 'rejected' ? (outcome.reason as TesseraError) : undefined,
  );
  return { groups, errors, open };
}

async function closeAll(groups: readonly Group[]): Promise<void> {
  await Promise.all(groups.map((group) => group.close()));
}

test('ranks find each other, meet at barriers, and leave nothing open', async () => {
  const { groups, open } = await joinAll(5);
  assert.deepEqual(
    groups.map(({ rank, size }) => [rank, size]),
    [0, 1, 2, 3, 4].map((rank) => [rank, 5]),
  );
  let arrived = 0;
  await Promise.all(
    groups.map(async (group) => {
      arrived++;
      await group.barrier();
      assert.equal(arrived, 5);
    }),
  );
  await closeAll(groups);
  await assert.rejects((groups[0] as Group).barrier(), { code: 'CANCELLED' });
  assert.equal(open.size, 0);
});

test('a group of one needs nobody', async () => {
  const { groups, open } = await joinAll(1);
  await (groups[0] as Group).barrier();
  await closeAll(groups);
  assert.equal(open.size, 0);
});

test('a wrong size or rank, or one taken twice, is an error at every rank', async () => {
  const cases: [Record<number, Changes>, RegExp][] = [
    [{ 2: { size: 4 } }, /joins as rank 2 of 4, but rank 0 is one of 3/],
    [{ 2: { rank: 1 } }, /joins as rank 1, which .* is already/],
  ];
  for (const [changes, why] of cases) {
    const { errors, open } = await joinAll(3, changes);
    for (const error of errors) {
      assert.equal(error?.code, 'INVALID_ARGUMENT');
      assert.match(error?.message ?? '', why);
    }
    assert.equal(open.size, 0);
  }
});

test('a rank with another token is refused; who misses it says so in time', async () => {
  const soon = { deadlineMs: 400 };
  const { errors, open } = await joinAll(3, { 0: soon, 1: {}, 2: { token: 'theirs' } });
  assert.equal(errors[2]?.code, 'INVALID_ARGUMENT');
  assert.match(errors[2]?.message ?? '', /another token/);
  for (const error of errors.slice(0, 2)) {
    assert.equal(error?.code, 'DEADLINE_EXCEEDED');
    assert.match(error?.message ?? '', /missing 2; 1 came with another token/);
  }
  assert.equal(open.size, 0);
});

test('without rank 0 the others give up; wrong options are refused before anything opens', async () => {
  const address = await freeAddress();
  await assert.rejects(joinGroup({ rank: 1, size: 2, address, deadlineMs: 50 }), {
    code: 'DEADLINE_EXCEEDED',
    message: /as rank 1: the group was not complete within 50 ms/,
  });
  const wrong: [Changes, RegExp][] = [
    [{ rank: 2 }, /rank is 2; a whole number from 0 to 1/],
    [{ size: 0 }, /size is 0/],
    [{ size: 257 }, /size is 257/],
    [{ address: 'nowhere' }, /'nowhere' is no address/],
    [{ deadlineMs: 0 }, /deadlineMs is 0/],
    [{ token: 'x'.repeat(129) }, /more than 128 characters/],
  ];
  for (const [changes, message] of wrong) {
    await assert.rejects(joinGroup({ rank: 0, size: 2, address, ...changes }), { code: 'INVALID_ARGUMENT', message });
  }
});

test('a rank that leaves is named by those who wait for it', async () => {
  const { groups, open } = await joinAll(3);
  const waiting = Promise.allSettled(groups.slice(0, 2).map((group) => group.barrier()));
  await (groups[2] as Group).close();
  for (const outcome of await waiting) {
    assert.equal(outcome.status, 'rejected');
    const { reason } = outcome as PromiseRejectedResult;
    assert.ok(reason instanceof TesseraError);
    assert.equal(reason.code, 'UNAVAILABLE');
    assert.match(reason.message, /rank 2/);
  }
  await closeAll(groups);
  assert.equal(open.size, 0);
});

test('a caller who cancels ends the joining, or the call at every rank, which hears whose it was', async () => {
  const address = await freeAddress();
  const joining = new AbortController();
  const alone = [0, 1].map((rank) => joinGroup({ rank, size: 3, address, signal: joining.signal }));
  joining.abort();
  for (const outcome of await Promise.allSettled(alone)) {
    assert.equal((outcome as PromiseRejectedResult).reason.code, 'CANCELLED');
  }
  await assert.rejects(joinGroup({ rank: 1, size: 3, address, signal: AbortSignal.abort() }), { code: 'CANCELLED' });

  const { groups, open } = await joinAll(3);
  const [first, second, third] = groups as [Group, Group, Group];
  const named = { code: 'CANCELLED', message: 'barrier: rank 1: its caller cancelled' };
  // Before the call has begun the others hear of it in it, and the group goes on.
  const early = groups.map((group) => group.barrier(group === second ? { signal: AbortSignal.abort() } : {}));
  await Promise.all(early.map((call) => assert.rejects(call, named)));
  await Promise.all(groups.map((group) => group.barrier({ signal: new AbortController().signal })));
  // While it waits for others the group breaks.
  const waiting = new AbortController();
  const late = [first.barrier(), second.barrier({ signal: waiting.signal })];
  await setImmediate();
  waiting.abort();
  await Promise.all(late.map((call) => assert.rejects(call, named)));
  await assert.rejects(third.barrier(), named);
  await closeAll(groups);
  assert.equal(open.size, 0);
});
