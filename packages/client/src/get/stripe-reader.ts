import { type Clock, type Random, randomUnit } from '@tessera/env';
import type { ErasureCodec } from '@tessera/erasure';
import { BLOCK_BYTES, blockCount, firstBadBlock, TesseraError, v1 } from '@tessera/protocol';
import { holdersOf } from '../cluster/cluster-map.js';
import type { MapSource } from '../cluster/map-cache.js';
import { Reach } from '../cluster/server-health.js';
import type { Counters } from '../counters.js';
import type { DataLinks } from '../data/server-links.js';
import type { ShardReads } from '../data/shard-reads.js';
import { verifyBlocks } from '../data/shard-verify.js';
import type { Scope } from '../scope.js';
import { BlockLists, type ShardSource } from './block-lists.js';
import { GatherFailure, gather } from './gather.js';
import { Hedging } from './hedging.js';
import { describeLoss, ReadFailures } from './loss.js';
import type { SlotRecord, StripeRecord } from './resolved-file.js';
import { planSurvivors, type ReachInput, sourcesOf } from './survivors.js';

export interface StripeReaderParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly codec: ErasureCodec;
  readonly map: MapSource;
  readonly links: DataLinks;
  readonly reads: ShardReads;
  readonly counters: Counters;
}

/** A range of one shard, in whole blocks: `from` starts one, `to` ends one or the shard. */
interface BlockRange {
  readonly stripe: StripeRecord;
  readonly slot: number;
  readonly from: number;
  readonly to: number;
  readonly frameBytesMax: number | undefined;
}

/** Loads closer than this count as equal: chance decides. */
const LOAD_NOISE_BYTES = 2 * BLOCK_BYTES;

/** Reads ranges of shards, verified against the metadata's roots; decodes what is slow, corrupt or out of reach. */
export class StripeReader {
  readonly #parts: StripeReaderParts;
  readonly #hedging = new Hedging();
  readonly #lists: BlockLists;

  constructor(parts: StripeReaderParts) {
    this.#parts = parts;
    this.#lists = new BlockLists(parts.links);
  }

  /**
   * Bytes [from, to) of a slot, perhaps as a view of a larger buffer. `lost`: the metadata was asked again, so a
   * shard that is not found is decoded. `frameBytesMax`: reads share frames up to so many bytes, for those who copy the
   * bytes out at once; SHARED_READ_BYTES_MAX otherwise.
   * @throws TesseraError NOT_FOUND when its server does not have it and `lost` is false; UNAVAILABLE, naming the servers that
   * are missing; DATA_LOSS when too much of the stripe is lost
   */
  async read(
    stripe: StripeRecord,
    slot: number,
    from: number,
    to: number,
    lost: boolean,
    scope: Scope,
    frameBytesMax?: number,
  ): Promise<Uint8Array> {
    const { length } = stripe.slots[slot] as SlotRecord;
    const start = Math.floor(from / BLOCK_BYTES) * BLOCK_BYTES;
    const end = Math.min(length, blockCount(to) * BLOCK_BYTES);
    const blocks = await this.#readBlocks({ stripe, slot, from: start, to: end, frameBytesMax }, lost, scope);
    return from === start && to === end ? blocks : blocks.subarray(from - start, to - start);
  }

  /** Whether servers of the stripe that do not answer may be back soon: the metaserver does not call them down. */
  mayReturn(stripe: StripeRecord): boolean {
    const { map, links } = this.#parts;
    const { current } = map;
    return stripe.slots.some(({ position }) =>
      holdersOf(current, stripe.pg, position).some(
        (server) =>
          links.health.readReach(current, server) === Reach.NONE &&
          current.servers.get(server)?.state !== v1.ServerState.SERVER_STATE_DOWN,
      ),
    );
  }

  /** Starts to find out whether servers that did not answer are back. */
  lookAgain(): void {
    const { map, links } = this.#parts;
    map.refresh().catch(() => {});
    links.health.probeAvoided();
  }

  async #readBlocks(range: BlockRange, lost: boolean, scope: Scope): Promise<Uint8Array> {
    const { clock, counters, links } = this.#parts;
    const { stripe, slot } = range;
    const askedAtMs = clock.monotonicMs();
    const failures = new ReadFailures();
    const direct = this.#directSources(range);
    const tasks = direct.map((source) => () => this.#readSource(range, source, failures));
    if (stripe.dataCount > 1) tasks.push(() => this.#decode(range, failures, scope));
    const hedgeBytes = (range.to - range.from) * (direct.length > 1 ? 1 : stripe.dataCount);
    try {
      const [bytes] = await gather({
        needed: 1,
        tasks,
        clock,
        scope,
        slowAfterMs: this.#hedging.slowAfterMs,
        onSlow: () => {
          const [first] = direct;
          if (first !== undefined) links.health.slow(first.server, askedAtMs);
          return this.#mayHedge(hedgeBytes);
        },
        onFailure: (error) => {
          counters.retries++;
          // Perhaps it moved: the metadata knows. Only then is it worth decoding.
          return error.code === 'NOT_FOUND' && !lost;
        },
      });
      return bytes as Uint8Array;
    } catch (error) {
      if (error instanceof GatherFailure)
        throw describeLoss(this.#parts.map.current, this.#parts.links.health, stripe, slot, failures);
      throw error;
    }
  }

  /** Where the range can be read as it is: its own shard, and with copies every other one. */
  #directSources({ stripe, slot }: BlockRange): ShardSource[] {
    const input = this.#reachInput(stripe);
    if (stripe.dataCount > 1) return sourcesOf(stripe, slot, input);
    const loads = new Map<ShardSource, number>();
    for (const copy of stripe.slots.keys()) {
      for (const source of sourcesOf(stripe, copy, input)) loads.set(source, input.load(source.server));
    }
    const byLoad = (a: ShardSource, b: ShardSource) => (loads.get(a) as number) - (loads.get(b) as number);
    return [...loads.keys()].sort((a, b) => input.reach(a.server) - input.reach(b.server) || byLoad(a, b));
  }

  async #readSource(range: BlockRange, source: ShardSource, failures: ReadFailures): Promise<Uint8Array> {
    const { clock, counters, reads } = this.#parts;
    const { stripe, from } = range;
    const record = stripe.slots[source.slot] as SlotRecord;
    const to = Math.min(range.to, record.length);
    const firstBlock = from / BLOCK_BYTES;
    const askedAtMs = clock.monotonicMs();
    try {
      const read = {
        pg: stripe.pg,
        stripe: stripe.stripe,
        slot: source.slot,
        firstBlock,
        blockCount: blockCount(to) - firstBlock,
      };
      const blocks = await reads.read(source.server, read, range.frameBytesMax);
      verifyBlocks(record, blocks, from, to);
      this.#hedging.observe(clock.monotonicMs() - askedAtMs, blocks.bytes.length);
      return blocks.bytes;
    } catch (thrown) {
      const error = TesseraError.from(thrown);
      if (error.code === 'CORRUPT') counters.corruptShards++;
      failures.add(source, error);
      throw error;
    }
  }

  /** The range from any j other shards of the stripe, verified like the shard itself. */
  async #decode(range: BlockRange, failures: ReadFailures, scope: Scope): Promise<Uint8Array> {
    const { clock, codec, counters } = this.#parts;
    const { stripe, slot, from, to } = range;
    const { needed, candidates } = planSurvivors(stripe, slot, from, this.#reachInput(stripe));
    counters.degradedReads++;
    const shards: (Uint8Array | undefined)[] = new Array(stripe.slots.length).fill(undefined);
    const slowAfterMs = this.#hedging.slowAfterMs;
    const mayHedge = (bytes: number) => this.#mayHedge(bytes);
    const gathering = gather({
      needed,
      tasks: candidates.map(({ slot: other, sources }) => async () => {
        const bytes = await this.#readAny({ ...range, slot: other }, sources, failures);
        const end = Math.min(to, (stripe.slots[other] as SlotRecord).length);
        shards[other] = bytes.subarray(0, end - from);
      }),
      clock,
      scope,
      slowAfterMs,
      onSlow: () => mayHedge(to - from),
      onFailure: () => false,
    });
    const describers = candidates.flatMap(({ sources }) => sources);
    const finding = this.#lists.find(stripe, slot, describers, { clock, scope, slowAfterMs, mayHedge });
    const [list] = await Promise.all([finding, gathering]);
    const decoded = codec
      .reconstruct({
        dataCount: stripe.dataCount,
        parityCount: stripe.parityCount,
        shardLengths: stripe.slots.slice(0, stripe.dataCount).map(({ length }) => length),
        shards: [...shards],
        wanted: [slot],
        range: { from, to },
      })
      .get(slot) as Uint8Array;
    if (firstBadBlock(decoded, list, from / BLOCK_BYTES) !== undefined) {
      throw new TesseraError('CORRUPT', 'the range decoded from other shards does not have its checksums');
    }
    return decoded;
  }

  async #readAny(range: BlockRange, sources: readonly ShardSource[], failures: ReadFailures): Promise<Uint8Array> {
    let failure: unknown;
    for (const source of sources) {
      try {
        return await this.#readSource(range, source, failures);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  #mayHedge(bytes: number): boolean {
    if (!this.#hedging.spend(bytes)) return false;
    this.#parts.counters.hedges++;
    this.#parts.counters.hedgedBytes += bytes;
    return true;
  }

  #reachInput(stripe: StripeRecord): ReachInput {
    const { map, links, random } = this.#parts;
    const current = map.current;
    return {
      holders: (position) => holdersOf(current, stripe.pg, position),
      reach: (server) => links.health.readReach(current, server),
      load: (server) => links.load(server) + randomUnit(random) * LOAD_NOISE_BYTES,
    };
  }
}
