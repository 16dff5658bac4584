import { createHash } from 'node:crypto';
import { type Attributes, type Client, TesseraError } from '@tessera/client';
import { joinRemote, remoteName } from '../remote-path.js';
import { partName } from './part-name.js';
import type { AttributeChanges, Side } from './side.js';
import { childOf, type TreeNode } from './tree-node.js';

/** A tree in the cluster. */
export class RemoteSide implements Side {
  readonly #client: Client;
  readonly #root: string;
  readonly #signal: AbortSignal;

  constructor(client: Client, root: string, signal: AbortSignal) {
    this.#client = client;
    this.#root = root;
    this.#signal = signal;
  }

  path(relative: string): string {
    return relative === '' ? this.#root : joinRemote(this.#root, relative);
  }

  async look(relative: string, { follow } = { follow: false }): Promise<TreeNode | undefined> {
    try {
      const attributes = await this.#client.stat(this.path(relative), { follow, signal: this.#signal });
      return nodeOf(relative, attributes);
    } catch (error) {
      if (TesseraError.from(error).code === 'NOT_FOUND') return undefined;
      throw error;
    }
  }

  async *entries(directory: string): AsyncGenerator<TreeNode> {
    for await (const { text, attributes } of this.#client.readdirPlus(this.path(directory), { signal: this.#signal })) {
      yield nodeOf(childOf(directory, text), attributes);
    }
  }

  async makeDirectory(relative: string, { parents, mode }: { parents: boolean; mode: number | undefined }) {
    const path = this.path(relative);
    try {
      const options = { parents, signal: this.#signal, ...(mode === undefined ? {} : { mode }) };
      return (await this.#client.mkdir(path, options)).created;
    } catch (error) {
      if (TesseraError.from(error).code !== 'EXISTS') throw error;
    }
    const there = await this.look(relative, { follow: true });
    if (there?.kind === 'directory') return false;
    throw new TesseraError('NOT_A_DIRECTORY', `${path} is a file, where a directory is to go`);
  }

  async readLink(relative: string): Promise<string> {
    return (await this.#client.readlink(this.path(relative), { signal: this.#signal })).text;
  }

  async makeLink(relative: string, target: string, { replace }: { replace: boolean }): Promise<void> {
    await this.#client.symlink(target, this.path(relative), { replace, signal: this.#signal });
  }

  async makeHardLink(relative: string, existing: string, { replace }: { replace: boolean }): Promise<void> {
    const signal = this.#signal;
    const place = this.path(relative);
    if (!replace) {
      await this.#client.link(this.path(existing), place, { signal });
      return;
    }
    const part = besideRemote(place, 'link');
    await this.#client.remove(part, { signal }).catch(() => {});
    await this.#client.link(this.path(existing), part, { signal });
    await this.#client.rename(part, place, { replace: true, signal });
  }

  async setAttributes(relative: string, changes: AttributeChanges): Promise<void> {
    await this.#client.setAttributes(this.path(relative), changes, { follow: false, signal: this.#signal });
  }

  async remove({ relative }: TreeNode): Promise<void> {
    await this.#client.remove(this.path(relative), { signal: this.#signal });
  }

  async digest(relative: string): Promise<string> {
    const hash = createHash('sha256');
    for await (const piece of this.#client.readStream(this.path(relative), { signal: this.#signal })) {
      hash.update(piece);
    }
    return hash.digest('hex');
  }
}

/** Where something is made that then takes the place of another. */
export function besideRemote(path: string, identity: string): string {
  const name = remoteName(path);
  return `${path.slice(0, path.length - name.length)}${partName(name, identity)}`;
}

function nodeOf(relative: string, attributes: Attributes): TreeNode {
  const { kind, bytes, modifiedNs, mode, uid, gid, inode, links, contentVersion } = attributes;
  const file = inode.toString(16);
  const identity = `${file}-${contentVersion.toString(16)}`;
  const named = links > 1 ? { file, names: links } : {};
  return { relative, kind, bytes, modifiedNs, mode, uid, gid, identity, ...named };
}
