import { encodeId, TesseraError } from '@tessera/protocol';
import type { Attributes, FileHandle, OperationOptions } from '../api.js';
import { attributesFrom } from '../attributes.js';
import type { OperationSink } from '../metadata/batcher.js';
import type { Scopes } from '../scope.js';
import type { FileReader } from './file-reader.js';

export interface FileHandleParts {
  readonly scopes: Scopes;
  readonly batcher: OperationSink;
  readonly reader: FileReader;
}

/** A file open for reading, by inode: a rename does not matter to it. */
export class OpenFile implements FileHandle {
  readonly attributes: Attributes;
  readonly #parts: FileHandleParts;
  readonly #inode: Uint8Array;
  readonly #name: string;
  #closed = false;

  /** `name` is for messages. */
  constructor(parts: FileHandleParts, attributes: Attributes, name: string) {
    this.#parts = parts;
    this.attributes = attributes;
    this.#inode = encodeId(attributes.inode);
    this.#name = name;
  }

  async read(offset: number, length: number, options?: OperationOptions): Promise<Uint8Array> {
    this.#checkOpen();
    checkWhole('offset', offset);
    checkWhole('length', length);
    return this.#parts.scopes.run(`reading ${this.#name}`, options, (scope) =>
      this.#parts.reader.part({ base: this.#inode }, offset, length, scope),
    );
  }

  async stat(options?: OperationOptions): Promise<Attributes> {
    this.#checkOpen();
    const result = await this.#parts.scopes.run(`stat of ${this.#name}`, options, (scope) =>
      this.#parts.batcher.submit('stat', { node: { base: this.#inode } }, scope),
    );
    return attributesFrom(result.attributes);
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #checkOpen(): void {
    if (this.#closed) throw new TesseraError('INVALID_ARGUMENT', `${this.#name} was closed`);
  }
}

function checkWhole(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new TesseraError('INVALID_ARGUMENT', `${name} is ${value}; a whole number from 0 on is expected`);
  }
}
