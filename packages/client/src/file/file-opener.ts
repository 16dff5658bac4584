import type { BufferPool } from '@tessera/protocol';
import { DEFAULT_LAYOUT, inheritLayout, TesseraError } from '@tessera/protocol';
import { attributesFrom } from '../attributes.js';
import { type Hints, hintFields } from '../hints/hints.js';
import { ownBytes } from '../own-bytes.js';
import type { LayoutCache } from '../put/layout-cache.js';
import type { Scope } from '../scope.js';
import type { FileHandle, OpenOptions } from './api.js';
import { FileStaging } from './file-staging.js';
import { FileTarget, type TargetParts } from './file-target.js';
import { OpenFile, type OpenFileParts } from './open-file.js';
import { type Access, parseOpenFlags } from './open-flags.js';
import { WriteBehind } from './write-behind.js';
import type { WriteBudget } from './write-budget.js';

export interface FileOpenerParts extends OpenFileParts, TargetParts {
  readonly layouts: Pick<LayoutCache, 'forget'>;
  /** Buffers for unflushed writes, and for segments of several pieces. */
  readonly segmentPool: BufferPool;
  readonly budget: WriteBudget;
  /** The session that leases belong to by now. */
  readonly session: () => Uint8Array;
  /** The client's, for files that it makes. */
  readonly hints?: Hints | undefined;
}

/** Opens files as flags ask for. */
export class FileOpener {
  readonly #parts: FileOpenerParts;

  constructor(parts: FileOpenerParts) {
    this.#parts = parts;
  }

  /** `name` is for messages. */
  open(path: Uint8Array, name: string, flags: string, options: OpenOptions = {}): Promise<FileHandle> {
    return this.#parts.scopes.run(`open ${name}`, options, (scope) => {
      const access = parseOpenFlags(flags);
      return access.write ? this.#toWrite(path, name, access, options, scope) : this.#toRead(path, name, access, scope);
    });
  }

  async #toRead(path: Uint8Array, name: string, access: Access, scope: Scope): Promise<FileHandle> {
    const attributes = attributesFrom((await this.#parts.batcher.submit('stat', { node: { path } }, scope)).attributes);
    if (attributes.kind !== 'file') throw new TesseraError('IS_A_DIRECTORY', 'it is a directory; list it instead');
    return new OpenFile(this.#parts, { access, attributes, name });
  }

  async #toWrite(
    path: Uint8Array,
    name: string,
    access: Access,
    options: OpenOptions,
    scope: Scope,
  ): Promise<FileHandle> {
    const { batcher, layouts, scopes, segmentPool: pool, budget, session } = this.#parts;
    const { create, exclusive } = access;
    const { mode = 0, makeParents = false } = options;
    const hints = create ? hintFields(this.#parts.hints, options.hints) : undefined;
    const layoutOfNew = hints === undefined ? {} : { layout: hints };
    const request = { node: { path }, create, exclusive, makeParents, mode, ...layoutOfNew };
    const found = await batcher.submit('openFile', request, scope);
    if (found.created && makeParents) layouts.forget();
    const attributes = attributesFrom(found.attributes);
    const layout = inheritLayout(DEFAULT_LAYOUT, found.layout);
    const opened = { inode: ownBytes(found.attributes?.inode), directory: ownBytes(found.directory), path };
    const target = new FileTarget(this.#parts, opened, layout);
    const file = new OpenFile(this.#parts, {
      access,
      attributes,
      name,
      writing: (told) => ({
        target,
        behind: new WriteBehind({ scopes, pool, budget, target, name, ...told }),
        staging: new FileStaging({ scopes, target, name, session }),
      }),
    });
    if (access.truncate && attributes.bytes > 0) await file.cutTo(0, undefined, scope);
    return file;
  }
}
