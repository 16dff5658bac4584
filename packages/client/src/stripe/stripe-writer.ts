import type { ErasureCodec } from '@tessera/erasure';
import { type BufferPool, encodeId, TesseraError, type v1 } from '@tessera/protocol';
import type { Counters } from '../counters.js';
import type { DataLinks } from '../data/server-links.js';
import type { Protection } from '../put/api.js';
import type { TakenId } from './lease-pool.js';
import type { Placement, Site } from './placement.js';
import type { StripePolicy } from './policy.js';
import { preferredSites } from './preferred-sites.js';
import type { Segment } from './segment.js';
import { writeShard } from './shard-write.js';
import { codeStripe } from './stripe-code.js';

export interface StripePlan {
  readonly policy: StripePolicy;
  readonly id: TakenId;
  readonly placement: Placement;
  readonly segments: readonly Segment[];
  /** For each segment the positions it prefers, the best first; left out: the least loaded servers are as good as any. */
  readonly wanted?: readonly (readonly number[] | undefined)[];
  /** Told of every server that does not take its shard, also after the stripe is given up. */
  onFailed?(server: number, error: TesseraError): void;
}

/** A stripe whose shards are on disk, and what its commits present. */
export interface WrittenStripe {
  readonly id: TakenId;
  readonly wire: v1.StripeWrite.$Properties;
  readonly protection: Protection;
}

export interface StripeWriterParts {
  readonly codec: ErasureCodec;
  readonly parityPool: BufferPool;
  readonly links: DataLinks;
  readonly counters: Counters;
}

/**
 * Codes the stripe and puts all shards on their servers in parallel.
 * @throws TesseraError as soon as one shard could not be written: the stripe is abandoned, its id never used again
 */
export async function writeStripe(parts: StripeWriterParts, plan: StripePlan): Promise<WrittenStripe> {
  const { codec, parityPool, links, counters } = parts;
  const { policy, id, segments, wanted } = plan;
  const placement =
    wanted === undefined ? plan.placement : { ...plan.placement, live: preferredSites(plan.placement.live, wanted) };
  const { redundancy, durability } = policy.layout;
  const coded = codeStripe(codec, parityPool, segments, redundancy.parity);
  const { pg, stripe } = id;
  const sites = sitesOf(placement, segments.length, redundancy.parity);
  const writes = coded.shards.map((shard, slot) => {
    const { position, server, written } = sites[slot] as SlotSite;
    if (!written) return undefined;
    const { description } = coded;
    const writing = writeShard(links, server, { pg, stripe, slot, position, durability, description }, shard);
    return writing.catch((error: TesseraError) => {
      plan.onFailed?.(server, error);
      throw error;
    });
  });
  const receipts = await Promise.all(writes);
  // Only now nothing refers to them any more; after a failure they may still stand in a socket's queue.
  coded.release();
  counters.stripesWritten++;
  counters.segmentsWritten += segments.length;
  for (const { bytes } of segments) counters.logicalBytesWritten += bytes.length;
  for (const [slot, { bytes }] of coded.shards.entries()) {
    if (receipts[slot] !== undefined) counters.physicalBytesWritten += bytes.length;
  }
  return {
    id,
    protection: protectionOf(placement, redundancy),
    wire: {
      pg,
      stripe,
      lease: id.lease.id,
      dataCount: segments.length,
      parityCount: redundancy.parity,
      target: redundancy,
      slots: coded.shards.map(({ bytes, root }, slot) => {
        const { position, server } = sites[slot] as SlotSite;
        const place = { position, server, length: bytes.length, root: encodeId(root) };
        const receipt = receipts[slot];
        return receipt === undefined ? place : { ...place, receipt: receipt.bytes, durability: receipt.durability };
      }),
    },
  };
}

interface SlotSite extends Site {
  /** False for a parity shard that a degraded stripe leaves out. */
  readonly written: boolean;
}

/** One position for each slot, those to use first in front. */
function sitesOf(placement: Placement, dataCount: number, parityCount: number): SlotSite[] {
  const { live, vacant, parityWritten } = placement;
  const writtenCount = dataCount + parityWritten;
  const written = live.slice(0, writtenCount).map((site) => ({ ...site, written: true }));
  const left = [...vacant, ...live.slice(writtenCount)].slice(0, parityCount - parityWritten);
  const sites = [...written, ...left.map((site) => ({ ...site, written: false }))];
  if (sites.length < dataCount + parityCount) {
    throw new TesseraError('INTERNAL', `placement group ${placement.pg} has fewer positions than the stripe has slots`);
  }
  return sites;
}

function protectionOf(placement: Placement, redundancy: { data: number; parity: number }): Protection {
  if (placement.parityWritten < redundancy.parity) return 'degraded';
  return placement.dataCountMax < redundancy.data ? 'narrowed' : 'full';
}
