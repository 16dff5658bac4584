import { EXTENTS_PER_COMMIT_MAX, TesseraError, toBigInt, toLong, type v1 } from '@tessera/protocol';
import { commitBytes, commitExtents, type PlacedExtent } from '../put/commit.js';
import { settleTogether } from '../put/put-target.js';
import type { Scope } from '../scope.js';
import type { FileTarget, Piece } from './file-target.js';

/** A piece that may be on its way already. */
export interface PendingPiece extends Piece {
  readonly written?: Promise<PlacedExtent> | undefined;
}

export interface CommitTerms {
  /** Offsets count from the end that the file has at the commit. */
  readonly append?: boolean;
  /** Where that is, as far as this client knows. */
  readonly end?: number;
  readonly ifVersion?: bigint | undefined;
  /** The file may live in its inode, as far as this client knows. */
  readonly mayBeInline: boolean;
}

type Target = Pick<FileTarget, 'inlineBytes' | 'writeJoined' | 'rewrite' | 'settle' | 'submit' | 'abandon'>;

/**
 * Commits pieces, ascending and apart, in one transaction; in several where one does not take them: more than
 * EXTENTS_PER_COMMIT_MAX pieces, or more old extents covered than EXTENTS_REPLACED_MAX. Then the first to fail ends it.
 * @throws TesseraError CHANGED, …
 */
export async function commitPieces(
  target: Target,
  pieces: readonly PendingPiece[],
  terms: CommitTerms,
  scope: Scope,
): Promise<v1.WriteResult.$Properties> {
  if (terms.mayBeInline) {
    const patched = await patchInode(target, pieces, terms, scope);
    if (patched !== undefined) return patched;
  }
  if (pieces.length > EXTENTS_PER_COMMIT_MAX) return inTwo(target, pieces, EXTENTS_PER_COMMIT_MAX, terms, scope);
  try {
    return await commitSegments(target, pieces, terms, scope);
  } catch (error) {
    const covered = error instanceof TesseraError && error.code === 'TOO_LARGE' && terms.append !== true;
    const [only] = pieces;
    if (!covered || (pieces.length === 1 && (only?.bytes.length ?? 0) < 2)) throw error;
    if (pieces.length === 1) return inTwo(target, halves(only as PendingPiece), 1, terms, scope);
    const unwritten = pieces.map(({ fileOffset, bytes }) => ({ fileOffset, bytes }));
    return inTwo(target, unwritten, pieces.length >>> 1, terms, scope);
  }
}

/** Undefined: it takes segments. */
async function patchInode(
  target: Target,
  pieces: readonly PendingPiece[],
  { append, ifVersion }: CommitTerms,
  scope: Scope,
): Promise<v1.WriteResult.$Properties | undefined> {
  const last = pieces.at(-1);
  if (last === undefined || last.fileOffset + last.bytes.length > target.inlineBytes) return undefined;
  if (pieces.some(({ written }) => written !== undefined)) return undefined;
  const patches = pieces.map(({ fileOffset, bytes }) => ({ offset: fileOffset, data: bytes }));
  const request = { append: append ?? false, ...conditionOf(ifVersion), patches };
  const result = await target.submit(request, scope, 512 + target.inlineBytes);
  return result.needsSegments ? undefined : result;
}

async function commitSegments(
  target: Target,
  pieces: readonly PendingPiece[],
  { append, end, ifVersion }: CommitTerms,
  scope: Scope,
): Promise<v1.WriteResult.$Properties> {
  const fresh = pieces.filter(({ written }) => written === undefined);
  const joined = target.writeJoined(fresh, { holds: pieces.length === fresh.length, from: end }, scope);
  const early = pieces.flatMap(({ written }) => written ?? []);
  const extents = [...early, ...joined.writing];
  for (const extent of extents) extent.then(() => scope.progress()).catch(() => {});
  const placed = await settleTogether(extents, (extent) => target.settle(extent.placed));
  placed.sort((one, other) => one.fileOffset - other.fileOffset);
  const { result } = await commitExtents(placed, {
    submit: (wire, stripes) =>
      target.submit(
        { append: append ?? false, ...conditionOf(ifVersion), extents: wire, stripes },
        scope,
        commitBytes(placed),
      ),
    rewrite: (refused, refusal) => target.rewrite(refused, refusal, scope),
    settle: (extent) => target.settle(extent),
  });
  joined.release();
  return result;
}

/** The second part under the version that the first one made, if there was a condition. */
async function inTwo(
  target: Target,
  pieces: readonly PendingPiece[],
  at: number,
  terms: CommitTerms,
  scope: Scope,
): Promise<v1.WriteResult.$Properties> {
  const rest = pieces.slice(at);
  try {
    const first = await commitPieces(target, pieces.slice(0, at), { ...terms, mayBeInline: false }, scope);
    const ifVersion = terms.ifVersion === undefined ? undefined : toBigInt(first.attributes?.contentVersion);
    return await commitPieces(target, rest.splice(0), { ...terms, ifVersion, mayBeInline: false }, scope);
  } finally {
    for (const { written } of rest) if (written !== undefined) target.abandon(written);
  }
}

function halves({ fileOffset, bytes }: PendingPiece): PendingPiece[] {
  const middle = bytes.length >>> 1;
  return [
    { fileOffset, bytes: bytes.subarray(0, middle) },
    { fileOffset: fileOffset + middle, bytes: bytes.subarray(middle) },
  ];
}

function conditionOf(ifVersion: bigint | undefined) {
  return ifVersion === undefined ? {} : { ifContentVersion: toLong(ifVersion) };
}
