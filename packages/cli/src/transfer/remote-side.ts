import { createHash } from 'node:crypto';
import { type Attributes, type Client, TesseraError } from '@tessera/client';
import { joinRemote } from '../remote-path.js';
import type { Side } from './side.js';
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

  async setAttributes(relative: string, changes: { modifiedNs?: bigint; mode?: number }): Promise<void> {
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

function nodeOf(relative: string, attributes: Attributes): TreeNode {
  const { kind, bytes, modifiedNs, mode, inode, contentVersion } = attributes;
  return { relative, kind, bytes, modifiedNs, mode, identity: `${inode.toString(16)}-${contentVersion.toString(16)}` };
}
