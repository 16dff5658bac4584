import { TesseraError, type v1 } from '@tessera/protocol';
import { COMMIT_ATTEMPTS_MAX } from '../limits.js';
import type { PlacedSegment } from '../stripe/waiting-segment.js';

/** Bytes of a file that follow each other. */
export interface FileRun {
  readonly fileOffset: number;
  readonly length: number;
}

/** A placed segment and where it belongs in its file. */
export interface PlacedExtent {
  readonly fileOffset: number;
  readonly placed: PlacedSegment;
  /** Of a segment that holds several runs of the file, one behind the other; left out: it is one. */
  readonly runs?: readonly FileRun[] | undefined;
}

/** The refusals after which the data is written anew under other ids. */
export const REWRITE: ReadonlySet<string> = new Set(['LEASE_CLOSED', 'COMMIT_REFUSED', 'RECEIPT_REFUSED']);

export interface CommitSteps<Result> {
  /** Presents extents and stripes to the metaserver. */
  submit(extents: v1.ExtentWrite.$Properties[], stripes: v1.StripeWrite.$Properties[]): Promise<Result>;
  /** Writes the same segments again. */
  rewrite(extents: readonly PlacedExtent[], refusal: TesseraError): Promise<PlacedExtent[]>;
  settle(placed: PlacedSegment): void;
}

/**
 * Commits written segments; refused ones are written again under new ids, a bounded number of times. In the end all of
 * them are settled. Returns the extents that were committed.
 * @throws TesseraError
 */
export async function commitExtents<Result>(
  written: readonly PlacedExtent[],
  steps: CommitSteps<Result>,
): Promise<{ result: Result; committed: readonly PlacedExtent[] }> {
  let extents = written;
  for (let attempt = 1; ; attempt++) {
    let refusal: TesseraError;
    try {
      const result = await steps.submit(extentsToWire(extents), stripesToWire(extents));
      return { result, committed: extents };
    } catch (thrown) {
      refusal = TesseraError.from(thrown);
      if (!REWRITE.has(refusal.code) || attempt >= COMMIT_ATTEMPTS_MAX || extents.length === 0) throw refusal;
    } finally {
      for (const { placed } of extents) steps.settle(placed);
    }
    extents = await steps.rewrite(extents, refusal);
  }
}

/** Ascending. */
export function extentsToWire(extents: readonly PlacedExtent[]): v1.ExtentWrite.$Properties[] {
  return extents.flatMap((extent) => runsToWire(extent)).sort((one, other) => one.fileOffset - other.fileOffset);
}

function runsToWire({ fileOffset, placed, runs }: PlacedExtent) {
  const { pg, stripe } = placed.stripe.id;
  const { slot } = placed;
  if (runs === undefined) return [{ fileOffset, length: placed.segment.bytes.length, pg, stripe, slot }];
  let end = 0;
  return runs.map((run) => {
    const segmentOffset = end;
    end += run.length;
    return { fileOffset: run.fileOffset, length: run.length, pg, stripe, slot, segmentOffset };
  });
}

/** Each stripe once. */
function stripesToWire(extents: readonly PlacedExtent[]): v1.StripeWrite.$Properties[] {
  const stripes = new Set<v1.StripeWrite.$Properties>();
  for (const { placed } of extents) stripes.add(placed.stripe.wire);
  return [...stripes];
}

/** Estimate of an operation's size with these extents, in bytes. */
export function commitBytes(extents: readonly PlacedExtent[]): number {
  let bytes = 256;
  for (const { placed, runs } of extents) {
    bytes += 48 * (runs?.length ?? 1) + (placed.stripe.wire.slots?.length ?? 0) * 48;
  }
  return bytes;
}
