import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EntryKind, type LocatedEntry } from '../log/entry.js';
import { SLOW_READ_MS, SLOW_READS_MAX, WARM_SHARDS_MAX } from './limits.js';
import { WarmShards } from './warm-shards.js';

function entryOf(stripe: number, payloadBytes = 100): LocatedEntry {
  const place = { file: 1, offset: 8192, headerBytes: 100, position: 0, era: 0 };
  return {
    kind: EntryKind.PUT,
    recovered: false,
    pg: 1,
    stripe: BigInt(stripe),
    slot: 0,
    lsn: stripe,
    root: 1n,
    payloadBytes,
    ...place,
  };
}

describe('warm shards', () => {
  it('are the ones used last, within their bytes', () => {
    const warm = new WarmShards(300);
    const entries = [1, 2, 3].map((stripe) => entryOf(stripe));
    for (const entry of entries) warm.add(entry);
    assert.equal(warm.get(entryOf(1)), entries[0]);
    warm.add(entryOf(4));
    assert.deepEqual(
      [1, 2, 3, 4].map((stripe) => warm.get(entryOf(stripe)) !== undefined),
      [true, false, true, true],
    );
    warm.add(entryOf(5, 301));
    assert.deepEqual(
      [1, 3, 4, 5].filter((stripe) => warm.get(entryOf(stripe)) !== undefined),
      [],
      'one that is too long for all of it pushes everything out, itself too',
    );
  });

  it('are bounded in number', () => {
    const warm = new WarmShards();
    for (let stripe = 0; stripe <= WARM_SHARDS_MAX; stripe++) warm.add(entryOf(stripe, 0));
    assert.equal(warm.get(entryOf(0)), undefined);
    assert.notEqual(warm.get(entryOf(1)), undefined);
  });

  it('hold the newest record of a shard, or none', () => {
    const warm = new WarmShards(300);
    const [old, fresh] = [entryOf(1), { ...entryOf(1), lsn: 9 }];
    warm.add(old);
    warm.add(fresh);
    assert.deepEqual([warm.has(old), warm.has(fresh)], [false, true]);
    warm.forget(old);
    assert.equal(warm.has(fresh), false);
    for (let stripe = 2; stripe < 5; stripe++) warm.add(entryOf(stripe));
    assert.notEqual(warm.get(entryOf(2)), undefined, 'what is forgotten takes no room');
  });

  it('are forgotten once reads from memory are slow, not for a single one', () => {
    const warm = new WarmShards();
    warm.add(entryOf(1));
    for (let read = 0; read < 1_000; read++) warm.readTook(read % 20 === 0 ? SLOW_READ_MS + 1 : 0.1);
    assert.notEqual(warm.get(entryOf(1)), undefined);
    for (let read = 0; read <= SLOW_READS_MAX; read++) warm.readTook(SLOW_READ_MS + 1);
    assert.equal(warm.get(entryOf(1)), undefined);
    warm.add(entryOf(1));
    warm.readTook(SLOW_READ_MS + 1);
    assert.notEqual(warm.get(entryOf(1)), undefined, 'it begins anew');
  });
});
