import { blockCount, FrameKind, TesseraError, v1 } from '@tessera/protocol';
import type { DataLinks } from '../data/server-links.js';
import { isBlockList } from '../data/shard-verify.js';
import { DESCRIPTIONS_CACHED_MAX } from '../limits.js';
import { GatherFailure, type GatherOptions, gather } from './gather.js';
import type { SlotRecord, StripeRecord } from './resolved-file.js';

/** Of one block. */
const CHECKSUM_BYTES = 8;

/** A shard that is in reach. */
export interface ShardSource {
  readonly slot: number;
  readonly server: number;
}

/** When a source counts as slow, and whether so many bytes may be moved because of it. */
export interface Pace extends Pick<GatherOptions<unknown>, 'clock' | 'scope' | 'slowAfterMs'> {
  mayHedge(bytes: number): boolean;
}

/** Block lists of shards that are out of reach, as other shards of their stripe tell them, verified by their roots. */
export class BlockLists {
  readonly #links: DataLinks;
  /** By stripe, in order of use. */
  readonly #cached = new Map<string, v1.StripeDescription.$Properties>();

  constructor(links: DataLinks) {
    this.#links = links;
  }

  /**
   * Asks one source after the other, and the next one already when one is slow.
   * @throws TesseraError CORRUPT when no source has it, or the last source's failure
   */
  async find(stripe: StripeRecord, slot: number, sources: readonly ShardSource[], pace: Pace): Promise<Uint8Array> {
    const key = `${stripe.pg} ${Buffer.from(stripe.stripe).toString('hex')}`;
    const known = listIn(this.#cached.get(key), stripe, slot);
    if (known !== undefined) return known;
    let failure = new TesseraError('UNAVAILABLE', 'no shard of the stripe is in reach to describe it');
    const { mayHedge, ...timing } = pace;
    try {
      const [list] = await gather({
        ...timing,
        needed: 1,
        tasks: sources.map((source) => () => this.#ask(key, stripe, slot, source)),
        onSlow: () => mayHedge(descriptionBytes(stripe)),
        onFailure: (error) => {
          failure = error;
          return false;
        },
      });
      return list as Uint8Array;
    } catch (error) {
      throw error instanceof GatherFailure ? failure : error;
    }
  }

  async #ask(key: string, stripe: StripeRecord, slot: number, source: ShardSource): Promise<Uint8Array> {
    const description = await this.#describe(stripe, source);
    const list = listIn(description, stripe, slot);
    if (list === undefined) {
      throw new TesseraError('CORRUPT', `server ${source.server} describes the stripe otherwise than the metadata`);
    }
    this.#keep(key, description);
    return list;
  }

  async #describe(stripe: StripeRecord, source: ShardSource): Promise<v1.StripeDescription.$Properties> {
    const header = v1.DescribeRequest.encode({ pg: stripe.pg, stripe: stripe.stripe, slot: source.slot }).finish();
    const reply = await this.#links.request(source.server, {
      kind: FrameKind.DESCRIBE,
      header,
      body: [],
      bytes: header.length,
      decode: (frame) => v1.DescribeReply.decode(frame.header),
    });
    return reply.description ?? {};
  }

  #keep(key: string, description: v1.StripeDescription.$Properties): void {
    const [oldest] = this.#cached.keys();
    if (this.#cached.size >= DESCRIPTIONS_CACHED_MAX && oldest !== undefined) this.#cached.delete(oldest);
    this.#cached.set(key, description);
  }
}

/** About what a description takes: its block lists. */
function descriptionBytes({ slots }: StripeRecord): number {
  let bytes = 0;
  for (const { length } of slots) bytes += blockCount(length) * CHECKSUM_BYTES;
  return bytes;
}

/** The slot's list, if the description has one that the metadata's root confirms. */
function listIn(
  description: v1.StripeDescription.$Properties | undefined,
  stripe: StripeRecord,
  slot: number,
): Uint8Array | undefined {
  const shard = description?.slots?.[slot];
  const list = shard?.blockChecksums ?? new Uint8Array();
  return shard && isBlockList(stripe.slots[slot] as SlotRecord, shard.length ?? 0, list) ? list : undefined;
}
