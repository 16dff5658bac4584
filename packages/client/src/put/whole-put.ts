import { ByteWindow } from '../byte-window.js';
import { FILE_WRITE_BYTES_MAX } from '../limits.js';
import { commitBytes, commitExtents, type PlacedExtent } from './commit.js';
import { weakestProtection } from './protection.js';
import { type PutTarget, settleTogether } from './put-target.js';
import type { Stored } from './stored.js';

/** Stores content that is in memory as a whole with one commit. Its segments are views of it: nothing is copied. */
export async function putWhole(target: PutTarget, content: Uint8Array): Promise<Stored> {
  const written = await writeInWindow(target, content);
  const { result, committed } = await commitExtents(written, {
    submit: (extents, stripes) => target.submitPut({ bytes: content.length, extents, stripes }, commitBytes(written)),
    rewrite: (extents, refusal) => target.rewrite(extents, refusal),
    settle: (placed) => target.settle(placed),
  });
  return { attributes: result.attributes, protection: weakestProtection(committed), layout: target.directory.layout };
}

/** Keeps at most FILE_WRITE_BYTES_MAX of the file, and at least one stripe, under way. */
async function writeInWindow(target: PutTarget, content: Uint8Array): Promise<PlacedExtent[]> {
  const window = new ByteWindow(Math.max(FILE_WRITE_BYTES_MAX, target.stripeBytes));
  const extents: Promise<PlacedExtent>[] = [];
  let failed = false;
  let offset = 0;
  while (offset < content.length && !failed) {
    const start = offset;
    const pieces: Uint8Array[] = [];
    while (offset < content.length) {
      const piece = content.subarray(offset, offset + target.segmentBytes);
      if (!window.tryTake(piece.length)) break;
      pieces.push(piece);
      offset += piece.length;
    }
    for (const extent of target.write(pieces, start, start === 0 && offset === content.length)) {
      extents.push(extent);
      extent.then(
        ({ placed }) => {
          target.scope.progress();
          window.give(placed.segment.bytes.length);
        },
        () => {
          failed = true;
          window.give(0);
        },
      );
    }
    if (offset < content.length) await window.freed();
  }
  return settleTogether(extents, (extent) => target.settle(extent.placed));
}
