import {
  decodeId,
  FILE_BYTES_MAX,
  type Id,
  INLINE_BYTES_MAX,
  TesseraError,
  toBigInt,
  toSafeNumber,
  type v1,
} from '@tessera/protocol';
import { checkExtents } from './check-extents.js';
import { type NodePath, parseNode } from './node-path.js';

export interface Patch {
  readonly offset: number;
  readonly data: Uint8Array;
}

/** A WriteOperation whose form is checked. */
export interface FileWrite {
  readonly node: NodePath;
  /** ID_NONE: the root. */
  readonly directory: Id;
  /** 0: whatever the file has. */
  readonly ifContentVersion: bigint;
  readonly append: boolean;
  /** What it does: one of these, the others undefined. */
  readonly truncateTo: number | undefined;
  readonly patches: readonly Patch[] | undefined;
  readonly extents: readonly v1.ExtentWrite.$Properties[] | undefined;
  readonly stripes: readonly v1.StripeWrite.$Properties[];
}

/** @throws TesseraError INVALID_ARGUMENT, TOO_LARGE */
export function parseFileWrite(request: v1.WriteOperation.$Properties): FileWrite {
  const extents = request.extents ?? [];
  const stripes = request.stripes ?? [];
  const patches = (request.patches ?? []).map(parsePatch);
  const truncateTo = request.truncate ? toSafeNumber(request.truncate.bytes) : undefined;
  checkExtents(extents, stripes);
  const append = request.append ?? false;
  const kinds = Number(extents.length > 0) + Number(patches.length > 0) + Number(truncateTo !== undefined);
  if (kinds !== 1) {
    throw new TesseraError('INVALID_ARGUMENT', 'a write has exactly one of truncate, patches and extents');
  }
  if (append && truncateTo !== undefined) {
    throw new TesseraError('INVALID_ARGUMENT', 'append says where data goes; a truncation has none');
  }
  if (truncateTo !== undefined && truncateTo > FILE_BYTES_MAX) {
    throw new TesseraError('INVALID_ARGUMENT', `a file has at most ${FILE_BYTES_MAX} bytes, not ${truncateTo}`);
  }
  return {
    node: parseNode(request.node),
    directory: decodeId(request.directory),
    ifContentVersion: toBigInt(request.ifContentVersion),
    append,
    truncateTo,
    patches: patches.length > 0 ? patches : undefined,
    extents: extents.length > 0 ? extents : undefined,
    stripes,
  };
}

function parsePatch(wire: v1.Patch.$Properties): Patch {
  const offset = toSafeNumber(wire.offset);
  const data = wire.data ?? new Uint8Array();
  if (data.length === 0 || data.length > INLINE_BYTES_MAX) {
    throw new TesseraError(
      'INVALID_ARGUMENT',
      `a patch has ${data.length} bytes; 1..${INLINE_BYTES_MAX} are allowed, more goes into segments`,
    );
  }
  return { offset, data };
}
