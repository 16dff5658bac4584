import path from 'node:path';
import { type Client, type PutEntry, type PutOutcome, TesseraError } from '@tessera/client';
import type { Context, GlobalOptions } from '../context.js';
import { joinRemote } from '../remote-path.js';
import { localContent } from './local-content.js';
import { type LocalNode, walkLocal } from './local-tree.js';
import { Tally } from './tally.js';

export interface UploadOptions extends GlobalOptions {
  recursive?: boolean;
  parents?: boolean;
  replace?: boolean;
  /** Files in flight. */
  concurrency: number;
}

/** One run of `put`: turns local names into entries for the client, and outcomes into what the user sees. */
export class Upload {
  readonly tally = new Tally();
  readonly #context: Context;
  readonly #client: Client;
  readonly #options: UploadOptions;
  readonly #localOf = new Map<unknown, string>();

  constructor(context: Context, client: Client, options: UploadOptions) {
    this.#context = context;
    this.#client = client;
    this.#options = options;
  }

  /** Stores each local path under the remote path that `target` gives. Failures are reported; the others go on. */
  async run(locals: readonly string[], target: (local: string) => string): Promise<void> {
    const { concurrency } = this.#options;
    const { signal } = this.#context;
    for await (const outcome of this.#client.putMany(this.#entries(locals, target), { concurrency, signal })) {
      if (!signal.aborted) this.#report(outcome);
    }
    signal.throwIfAborted();
  }

  async *#entries(locals: readonly string[], target: (local: string) => string): AsyncGenerator<PutEntry> {
    const { stdin, cwd } = this.#context.terminal;
    for (const local of locals) {
      const remote = target(local);
      if (local === '-') yield this.#entry(local, remote, stdin);
      else yield* this.#tree(path.resolve(cwd, local), remote);
    }
  }

  async *#tree(local: string, remote: string): AsyncGenerator<PutEntry> {
    let lost: string | undefined;
    for await (const node of walkLocal(local, this.#options.recursive ?? false)) {
      // What a directory that could not be made holds would only fail again.
      if (lost !== undefined && node.local.startsWith(lost)) continue;
      const place = node.relative === '' ? remote : joinRemote(remote, node.relative);
      try {
        const entry = await this.#prepare(node, place);
        if (entry !== undefined) yield entry;
      } catch (error) {
        if (node.kind === 'directory') lost = `${node.local}${path.sep}`;
        this.#fail(node.local, place, error);
      }
    }
  }

  async #prepare(node: LocalNode, remote: string): Promise<PutEntry | undefined> {
    if (node.kind === 'unusable') throw node.error;
    if (node.kind === 'file') return this.#entry(node.local, remote, await localContent(node.local, node.bytes));
    try {
      await this.#client.mkdir(remote, { parents: this.#options.parents ?? false, signal: this.#context.signal });
    } catch (error) {
      if (TesseraError.from(error).code !== 'EXISTS') throw error;
    }
    return undefined;
  }

  #entry(local: string, remote: string, content: PutEntry['content']): PutEntry {
    this.#localOf.set(remote, local);
    const { replace = false, parents = false } = this.#options;
    return { path: remote, content, replace, makeParents: parents };
  }

  #report(outcome: PutOutcome): void {
    const path = String(outcome.path);
    const local = this.#localOf.get(path) ?? path;
    this.#localOf.delete(path);
    if (!outcome.ok) {
      this.#fail(local, path, outcome.error);
      return;
    }
    const { attributes, protection, detail } = outcome.result;
    const { inode, bytes } = attributes;
    this.tally.add(bytes, protection, detail);
    this.#context.succeed();
    if (this.#options.json) this.#context.printJson({ local, path, inode, bytes, protection, detail });
  }

  #fail(local: string, path: string, error: unknown): void {
    this.#context.fail(error, this.#options, { local, path }, `${local} → ${path}`);
  }
}
