import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import {
  chmod,
  lchown,
  link,
  lstat,
  lutimes,
  mkdir,
  open,
  opendir,
  readlink,
  rename,
  rmdir,
  stat,
  symlink,
  unlink,
  utimes,
} from 'node:fs/promises';
import path from 'node:path';
import { TesseraError } from '@tessera/client';
import { isPartName, partName } from './part-name.js';
import type { AttributeChanges, Side } from './side.js';
import { childOf, type TreeNode } from './tree-node.js';

const READ_BYTES = 1024 * 1024;
const PERMISSIONS = 0o7777n;
/** What stat counts blocks in. */
const BLOCK_BYTES = 512n;
/** What Node puts for bytes of a name that are no UTF-8. */
const REPLACEMENT = '\ufffd';

/** A tree on the local disk. Unfinished downloads are not part of it. */
export class LocalSide implements Side {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  path(relative: string): string {
    return relative === '' ? this.#root : path.join(this.#root, relative);
  }

  async look(relative: string, { follow } = { follow: false }): Promise<TreeNode | undefined> {
    try {
      const found = await (follow ? stat : lstat)(this.path(relative), { bigint: true });
      const kind = found.isFile()
        ? 'file'
        : found.isDirectory()
          ? 'directory'
          : found.isSymbolicLink()
            ? 'symlink'
            : 'special';
      const modifiedNs = found.mtimeNs < 0n ? 0n : found.mtimeNs;
      return {
        relative,
        kind,
        bytes: Number(found.size),
        modifiedNs,
        mode: Number(found.mode & PERMISSIONS),
        uid: Number(found.uid),
        gid: Number(found.gid),
        sparse: found.blocks * BLOCK_BYTES < found.size,
        ...(found.nlink > 1n &&
          kind !== 'directory' && { file: `${found.dev}-${found.ino}`, names: Number(found.nlink) }),
      };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
      if (relative.includes(REPLACEMENT)) {
        throw new TesseraError('INVALID_PATH', `local ${this.path(relative)} has a name that is no UTF-8: rename it`);
      }
      return undefined;
    }
  }

  async *entries(directory: string): AsyncGenerator<TreeNode> {
    for await (const { name } of await opendir(this.path(directory))) {
      if (isPartName(name)) continue;
      const relative = childOf(directory, name);
      const node = await this.look(relative).catch((problem): TreeNode => ({ ...UNREADABLE, relative, problem }));
      // Gone since it was listed.
      if (node !== undefined) yield node;
    }
  }

  async makeDirectory(relative: string, { parents, mode }: { parents: boolean; mode: number | undefined }) {
    const there = await this.look(relative, { follow: relative === '' });
    if (there?.kind === 'directory') return false;
    if (there !== undefined) {
      throw new TesseraError('NOT_A_DIRECTORY', `local ${this.path(relative)} is not a directory, where one is to go`);
    }
    await mkdir(this.path(relative), { recursive: parents });
    // The umask has no say in what is to be preserved.
    if (mode !== undefined) await chmod(this.path(relative), mode | 0o300);
    return true;
  }

  readLink(relative: string): Promise<string> {
    return readlink(this.path(relative));
  }

  async makeLink(relative: string, target: string, { replace }: { replace: boolean }): Promise<void> {
    const place = this.path(relative);
    if (!replace) return symlink(target, place);
    const part = path.join(path.dirname(place), partName(path.basename(place), 'link'));
    await unlink(part).catch(() => {});
    await symlink(target, part);
    await rename(part, place);
  }

  async makeHardLink(relative: string, existing: string, { replace }: { replace: boolean }): Promise<void> {
    const place = this.path(relative);
    if (!replace) return link(this.path(existing), place);
    const part = path.join(path.dirname(place), partName(path.basename(place), 'link'));
    await unlink(part).catch(() => {});
    await link(this.path(existing), part);
    await rename(part, place);
  }

  async setAttributes(relative: string, { modifiedNs, mode, uid, gid }: AttributeChanges): Promise<void> {
    const place = this.path(relative);
    const node = await this.look(relative);
    // Before the mode, some bits of which another owner takes away.
    if ((uid !== undefined || gid !== undefined) && process.getuid?.() === 0) {
      await lchown(place, uid ?? node?.uid ?? 0, gid ?? node?.gid ?? 0);
    }
    if (mode !== undefined && node?.kind !== 'symlink') await chmod(place, mode);
    if (modifiedNs === undefined) return;
    const seconds = Number(modifiedNs) / 1e9;
    await (node?.kind === 'symlink' ? lutimes : utimes)(place, seconds, seconds);
  }

  async remove({ relative, kind }: TreeNode): Promise<void> {
    await (kind === 'directory' ? rmdir : unlink)(this.path(relative));
  }

  async digest(relative: string): Promise<string> {
    const hash = createHash('sha256');
    for await (const piece of createReadStream(this.path(relative), { highWaterMark: READ_BYTES })) hash.update(piece);
    return hash.digest('hex');
  }

  /** Makes the names in a directory durable. */
  async sync(directory: string): Promise<void> {
    const handle = await open(this.path(directory), 'r');
    await handle.sync().finally(() => handle.close());
  }
}

/** Something that is there, but cannot be looked at. */
const UNREADABLE = { kind: 'special', bytes: 0, modifiedNs: 0n, mode: 0 } as const;
