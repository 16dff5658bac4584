import { createHash } from 'node:crypto';
import path from 'node:path';
import { type Client, type Protection, TesseraError } from '@tessera/client';
import { unchangedContent } from './local-content.js';
import type { LocalSide } from './local-side.js';
import { OlderParts } from './older-parts.js';
import { PartFile } from './part-file.js';
import { besideRemote, type RemoteSide } from './remote-side.js';
import type { Side } from './side.js';
import { uploadSparse } from './sparse-upload.js';
import type { TreeNode } from './tree-node.js';

/** What came of copying one file. */
export interface Copied {
  bytes: number;
  protection?: Protection;
  /** What is missing, when the protection is not full. */
  detail?: string;
  inode?: bigint;
  /** SHA-256 of the bytes as they were read, where they passed by. */
  sha256?: string;
}

export interface CopyFileOptions {
  replace: boolean;
  /** Make missing directories in the cluster. */
  makeParents: boolean;
  /** Keep the permission bits. */
  keepMode: boolean;
  /** Take a digest on the way. */
  digest: boolean;
  /** Local files are durable before they have their names. */
  sync: boolean;
  /** Runs of zeros become holes: in the cluster those of files that have holes. */
  sparse: boolean;
  signal: AbortSignal;
  /** Told of bytes on their way. */
  moved: (bytes: number) => void;
}

/** Two ends, and how the bytes of a file get from one to the other. The time of the file goes with them. */
export interface Route {
  readonly source: Side;
  readonly destination: Side;
  copyFile(node: TreeNode, options: CopyFileOptions): Promise<Copied>;
}

export function uploadRoute(client: Client, source: LocalSide, destination: RemoteSide): Route {
  return {
    source,
    destination,
    async copyFile(node, { replace, makeParents, keepMode, digest, sparse, signal, moved }) {
      const hash = digest ? createHash('sha256') : undefined;
      const content = await unchangedContent(source.path(node.relative), node, (piece) => {
        hash?.update(piece);
        moved(piece.length);
      });
      const { modifiedNs } = node;
      const mode = keepMode ? { mode: node.mode } : {};
      const options = { replace, makeParents, modifiedNs, ...mode, signal };
      const path = destination.path(node.relative);
      const holey = sparse && node.sparse === true && !(content instanceof Uint8Array);
      const places = { path, part: besideRemote(path, 'sparse'), bytes: node.bytes };
      const storing = holey ? uploadSparse(client, places, content, options) : client.putFile(path, content, options);
      const stored = await storing.catch((error: unknown) => {
        throw sourceFailure(error);
      });
      const { attributes, ...rest } = stored;
      const sha256 = hash === undefined ? {} : { sha256: hash.digest('hex') };
      return { bytes: attributes.bytes, inode: attributes.inode, ...rest, ...sha256 };
    },
  };
}

/** A put whose content fails is CANCELLED: what failed is the cause. */
function sourceFailure(error: unknown): unknown {
  const { code, cause } = TesseraError.from(error);
  return code === 'CANCELLED' && cause !== undefined ? cause : error;
}

export function downloadRoute(client: Client, source: RemoteSide, destination: LocalSide): Route {
  const olderParts = new OlderParts();
  return {
    source,
    destination,
    async copyFile(node, { keepMode, digest, sync, sparse, signal, moved }) {
      const remote = source.path(node.relative);
      const local = destination.path(node.relative);
      const identity = node.identity ?? 'unknown';
      await olderParts.remove(local, identity);
      const part = await PartFile.open(local, identity);
      const resumed = part.offset > 0;
      moved(part.offset);
      const hash = digest && !resumed ? createHash('sha256') : undefined;
      try {
        for await (const piece of client.readStream(remote, { start: part.offset, signal })) {
          hash?.update(piece);
          await part.write(piece, { sparse });
          moved(piece.length);
        }
        await part.finish(node.modifiedNs, { mode: keepMode ? node.mode : undefined, sync });
      } catch (error) {
        await part.leave();
        throw error;
      }
      if (sync) await destination.sync(path.posix.dirname(node.relative).replace(/^\.$/, ''));
      const sha256 = hash === undefined ? {} : { sha256: hash.digest('hex') };
      return { bytes: part.offset, ...sha256 };
    },
  };
}

export function clusterRoute(client: Client, source: RemoteSide, destination: RemoteSide): Route {
  return {
    source,
    destination,
    async copyFile({ relative, modifiedNs }, { replace, makeParents, signal, moved }) {
      const options = { replace, makeParents, modifiedNs, signal };
      const { attributes } = await client.copy(source.path(relative), destination.path(relative), options);
      moved(attributes.bytes);
      return { bytes: attributes.bytes, inode: attributes.inode };
    },
  };
}
