import { v1 } from '@tessera/protocol';
import type { StagedContent } from '../file/staged-writes.js';

/* What aggregators tell the one that commits for all. */

export function encodeStaged({ extents, stripes }: StagedContent): Uint8Array {
  return v1.WriteOperation.encode({ extents: [...extents], stripes: [...stripes] }).finish();
}

/** Undefined: `encodeStaged` made no such bytes. */
export function decodeStaged(body: Uint8Array): StagedContent | undefined {
  try {
    const { extents, stripes } = v1.WriteOperation.decode(body);
    return { extents, stripes };
  } catch {
    return undefined;
  }
}

/** Of domains in the order of the file. */
export function joined(contents: readonly StagedContent[]): StagedContent {
  return {
    extents: contents.flatMap(({ extents }) => extents),
    stripes: contents.flatMap(({ stripes }) => stripes),
  };
}

/**
 * In parts of at most `extentsMax` extents, each with the stripes that these lie in. Extents that share a segment, which
 * follow each other, stay together; at least one segment is in each part.
 */
export function* cutContent({ extents, stripes }: StagedContent, extentsMax: number): Generator<StagedContent> {
  const byName = new Map(stripes.map((stripe) => [stripeName(stripe), stripe]));
  const partOf = (part: readonly v1.ExtentWrite.$Properties[]) => {
    const named = new Set(part.map((extent) => byName.get(stripeName(extent))));
    return { extents: part, stripes: [...named].filter((stripe) => stripe !== undefined) };
  };
  let start = 0;
  for (let next = 0; next < extents.length; ) {
    const segment = next;
    while (next < extents.length && sameSegment(extents[next], extents[segment])) next++;
    if (next - start > extentsMax && segment > start) {
      yield partOf(extents.slice(start, segment));
      start = segment;
    }
  }
  if (start < extents.length) yield partOf(extents.slice(start));
}

function sameSegment(
  one: v1.ExtentWrite.$Properties | undefined,
  other: v1.ExtentWrite.$Properties | undefined,
): boolean {
  if (one === undefined || other === undefined) return false;
  return one.slot === other.slot && stripeName(one) === stripeName(other);
}

function stripeName({ pg, stripe }: v1.ExtentWrite.$Properties | v1.StripeWrite.$Properties): string {
  return `${pg ?? 0}/${Buffer.from(stripe ?? []).toString('hex')}`;
}
