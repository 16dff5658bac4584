import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { randomBelow } from '@tessera/env';
import { type CrashKind, SimulatedRandom } from '@tessera/env/simulated';
import { TesseraError } from '@tessera/protocol';
import type { PutRequest } from '../log/append-request.js';
import { readShard } from '../testing/read-shard.js';
import { makePut, randomPayload } from '../testing/shards.js';
import { SimulatedMachine } from '../testing/simulated-host.js';
import type { OpenStore } from './open-store.js';

/** The last one once found a fault in how a new log file became known. */
const SEEDS = [...Array(24).keys(), 311].map((seed) => seed + 1);
const INCARNATIONS = 4;

/** What the outside knows of a shard: what it asked for, and what it was told. */
interface Fate {
  readonly put: PutRequest;
  acknowledged: boolean;
  deleting: boolean;
  deleted: boolean;
}

class Workload {
  readonly #machine: SimulatedMachine;
  readonly #random: SimulatedRandom;
  readonly fates: Fate[] = [];

  constructor(machine: SimulatedMachine, random: SimulatedRandom) {
    this.#machine = machine;
    this.#random = random;
  }

  /** Lets the incarnation run with a crash at one of its next calls. Resolves when it is dead. */
  async runUntilCrash(): Promise<void> {
    const { world } = this.#machine;
    const { process } = this.#machine;
    const fatal = world.calls + randomBelow(this.#random, 400);
    const kind: CrashKind = randomBelow(this.#random, 3) === 0 ? 'kill' : 'power';
    const when = randomBelow(this.#random, 2) === 0 ? 'before' : 'after';
    world.faults = ({ sequence }) => (sequence === fatal ? { type: 'crash', when, kind } : undefined);
    const life = this.#live();
    life.catch(() => {});
    await world.run({ until: () => !process.alive, untilMs: world.nowMs + 60_000 });
    if (process.alive) process.crash(kind);
    world.faults = undefined;
  }

  async #live(): Promise<void> {
    const open = await this.#machine.openLater();
    for (;;) {
      const tasks = Array.from({ length: 1 + randomBelow(this.#random, 6) }, () => this.#act(open));
      await Promise.all(tasks);
    }
  }

  #act(open: OpenStore): Promise<void> {
    const known = this.fates[randomBelow(this.#random, this.fates.length + 1)];
    const choice = randomBelow(this.#random, 10);
    if (choice === 0 && known !== undefined) return this.#delete(open, known);
    if (choice < 3 && known !== undefined && !known.deleting) return this.#put(open, known);
    const stripe = BigInt(this.fates.length + 1);
    const put = makePut({ payload: randomPayload(this.#random, 80_000), stripe, pg: 1 + randomBelow(this.#random, 3) });
    const fate: Fate = { put, acknowledged: false, deleting: false, deleted: false };
    this.fates.push(fate);
    return this.#put(open, fate);
  }

  async #put({ store }: OpenStore, fate: Fate): Promise<void> {
    const lsn = await store.put(fate.put);
    if (randomBelow(this.#random, 8) === 0) return; // Durability 'written': nothing is owed.
    await store.durable(lsn);
    fate.acknowledged = true;
  }

  async #delete({ store }: OpenStore, fate: Fate): Promise<void> {
    fate.deleting = true;
    await store.delete(fate.put, 1);
    fate.deleted = true;
  }

  async check(open: OpenStore): Promise<void> {
    for (const { put, acknowledged, deleting, deleted } of this.fates) {
      const what = `stripe ${put.stripe}`;
      try {
        const bytes = await readShard(open, put);
        assert.deepEqual(bytes, put.payload, what);
        assert.ok(!deleted, `${what} is there again after its delete was acknowledged`);
      } catch (error) {
        assert.ok(error instanceof TesseraError && ['NOT_FOUND', 'CORRUPT'].includes(error.code), `${what}: ${error}`);
        assert.ok(!acknowledged || deleting, `${what} was acknowledged and is lost: ${error}`);
      }
    }
    const visible = open.store.report().shards;
    const rows = await open.store.locate(this.fates.map(({ put }) => put));
    assert.equal(visible, rows.filter((row) => !(row instanceof TesseraError)).length, 'shards counted');
  }
}

describe('crashes', () => {
  for (const seed of SEEDS) {
    it(`lose nothing acknowledged (seed ${seed})`, async () => {
      const machine = new SimulatedMachine(
        { seed: `crash ${seed}`, disk: { junkAfterPowerLoss: seed % 2 === 0 } },
        { loss: seed % 3 === 0 ? 'holes' : 'suffix' },
      );
      const workload = new Workload(machine, new SimulatedRandom(`workload ${seed}`));
      for (let incarnation = 0; incarnation < INCARNATIONS; incarnation++) {
        await workload.runUntilCrash();
        machine.restart();
      }
      const open = await machine.open();
      await machine.drive(workload.check(open));
      await machine.drive(open.close());
      machine.restart();
      const again = await machine.open();
      await machine.drive(workload.check(again));
    });
  }
});
