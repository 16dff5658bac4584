import assert from 'node:assert/strict';
import type { Client } from '../api.js';
import type { FileHandle, OpenFlags } from '../file/api.js';
import { ModelFile, ModelHandle, resized } from './file-model.js';
import { noise } from './noise.js';

/** Any one operation; numbers are taken modulo what there is. */
export interface FileOperation {
  readonly kind: (typeof FILE_OPERATIONS)[number];
  readonly client: number;
  readonly name: number;
  readonly other: number;
  readonly offset: number;
  readonly length: number;
}

export const FILE_OPERATIONS = [
  'open',
  'write',
  'append',
  'truncate',
  'flush',
  'read',
  'get',
  'close',
  'put',
  'rename',
  'remove',
  'copy',
  'readv',
  'writev',
] as const;

const NAMES = 4;
const HANDLES_MAX = 6;
const FLAGS: readonly OpenFlags[] = ['r+', 'w+', 'a+', 'wx+', 'ax+'];

interface Opened {
  readonly handle: FileHandle;
  readonly model: ModelHandle;
  readonly appends: boolean;
}

/** Files in one directory, used by several clients one operation at a time, each compared with a model. */
export class FileWorld {
  readonly #clients: readonly Client[];
  readonly #directory: string;
  readonly #names = new Map<number, ModelFile>();
  readonly #opened: Opened[] = [];
  #seed = 0;

  constructor(clients: readonly Client[], directory: string) {
    this.#clients = clients;
    this.#directory = directory;
  }

  async run(operation: FileOperation): Promise<void> {
    const { kind, name, offset, length } = operation;
    const client = this.#clients[operation.client % this.#clients.length] as Client;
    const path = this.#path(name);
    const file = this.#names.get(name % NAMES);
    const opened = this.#opened[operation.other % Math.max(1, this.#opened.length)];
    switch (kind) {
      case 'open':
        return this.#open(client, name % NAMES, FLAGS[operation.other % FLAGS.length] as OpenFlags);
      case 'write':
        return opened && this.#write(opened, offset, length);
      case 'append':
        return opened && this.#append(opened, length);
      case 'truncate':
        return opened && this.#truncate(opened, offset);
      case 'flush':
        return opened && this.#flush(opened);
      case 'read':
        return opened && this.#read(opened, offset, length);
      case 'readv':
        return opened && this.#readMany(opened, offset, length);
      case 'writev':
        return opened && this.#writeMany(opened, offset, length);
      case 'close':
        return opened && this.#close(opened);
      case 'get':
        if (file === undefined) await assert.rejects(client.getFile(path), { code: 'NOT_FOUND' });
        else same(await client.getFile(path), file.content);
        return;
      case 'put':
        return this.#put(client, name % NAMES, length);
      case 'rename':
        return this.#rename(client, name % NAMES, operation.other % NAMES);
      case 'remove':
        if (file === undefined) return void (await assert.rejects(client.remove(path), { code: 'NOT_FOUND' }));
        await client.remove(path);
        this.#lose(name % NAMES);
        return;
      case 'copy':
        return this.#copy(client, name % NAMES, operation.other % NAMES);
    }
  }

  /** Everything that is there, by another way than it was written. */
  async finish(): Promise<void> {
    for (const opened of [...this.#opened]) await this.#close(opened);
    for (const [name, { content }] of this.#names) {
      for (const client of this.#clients) same(await client.getFile(this.#path(name)), content);
    }
  }

  async #open(client: Client, name: number, flags: OpenFlags): Promise<void> {
    const first = this.#opened.length >= HANDLES_MAX ? this.#opened[0] : undefined;
    if (first !== undefined) await this.#close(first);
    let file = this.#names.get(name);
    const opening = client.open(this.#path(name), flags);
    if (file === undefined && flags === 'r+') return void (await assert.rejects(opening, { code: 'NOT_FOUND' }));
    if (file !== undefined && flags.includes('x')) return void (await assert.rejects(opening, { code: 'EXISTS' }));
    const handle = await opening;
    file ??= new ModelFile();
    this.#names.set(name, file);
    if (flags === 'w+') file.content = new Uint8Array();
    this.#opened.push({ handle, model: new ModelHandle(file), appends: flags.startsWith('a') });
  }

  async #write(opened: Opened, offset: number, length: number): Promise<void> {
    if (opened.appends) return this.#append(opened, length);
    const data = this.#noise(length);
    opened.model.write(offset, data.slice());
    const writing = opened.handle.write(offset, data);
    if (await this.#hasFailed(opened, writing)) return;
    // The handle has its copy.
    data.fill(0xee);
  }

  async #append({ handle, model }: Opened, length: number): Promise<void> {
    const data = this.#noise(length);
    const appending = handle.append(data);
    if (!model.file.isThere) return this.#fails(appending);
    model.flush();
    const { offset } = await appending;
    assert.equal(offset, model.file.content.length);
    model.write(offset, data);
    model.flush();
  }

  async #truncate({ handle, model }: Opened, bytes: number): Promise<void> {
    const truncating = handle.truncate(bytes);
    if (!model.file.isThere) return this.#fails(truncating);
    model.flush();
    assert.equal((await truncating).bytes, bytes);
    model.file.content = resized(model.file.content, bytes);
  }

  async #flush({ handle, model }: Opened): Promise<void> {
    const flushing = handle.flush();
    if (!model.file.isThere) return void (await flushing.catch((error) => assert.equal(error.code, 'NOT_FOUND')));
    await flushing;
    model.flush();
  }

  async #read({ handle, model }: Opened, offset: number, length: number): Promise<void> {
    if (!model.file.isThere) {
      if (model.isClean && length > 0) await this.#fails(handle.read(offset, length));
      return;
    }
    same(await handle.read(offset, length), model.view.subarray(offset, offset + length));
    assert.equal((await handle.stat()).bytes, model.view.length);
  }

  async #readMany({ handle, model }: Opened, offset: number, length: number): Promise<void> {
    const ranges = scattered(offset, length).map(([at, bytes]) => ({ offset: at, length: bytes }));
    if (!model.file.isThere) {
      if (model.isClean && ranges.some((range) => range.length > 0)) await this.#fails(handle.readv(ranges));
      return;
    }
    const arrays = await handle.readv(ranges);
    const { view } = model;
    for (const [index, { offset: at, length: bytes }] of ranges.entries()) {
      same(arrays[index] as Uint8Array, view.subarray(at, at + bytes));
    }
    const buffer = new Uint8Array(ranges.reduce((sum, { length: bytes }) => sum + bytes, 0)).fill(0xdd);
    const counts = await handle.readvInto(buffer, ranges);
    let start = 0;
    for (const [index, { offset: at, length: bytes }] of ranges.entries()) {
      same(buffer.subarray(start, start + (counts[index] as number)), view.subarray(at, at + bytes));
      start += bytes;
    }
  }

  async #writeMany(opened: Opened, offset: number, length: number): Promise<void> {
    const { handle, model, appends } = opened;
    let end = -1;
    const parts = scattered(offset, length)
      .sort(([a], [b]) => a - b)
      .flatMap(([at, bytes]) => {
        const from = Math.max(at, end);
        end = Math.max(end, at + bytes);
        return from < at + bytes ? [{ offset: from, data: this.#noise(at + bytes - from) }] : [];
      })
      .reverse();
    const writing = handle.writev(parts);
    if (appends) return void (await assert.rejects(writing, { code: 'INVALID_ARGUMENT' }));
    for (const { offset: at, data } of parts) model.write(at, data.slice());
    await this.#hasFailed(opened, writing);
  }

  async #close(opened: Opened): Promise<void> {
    this.#opened.splice(this.#opened.indexOf(opened), 1);
    const { handle, model } = opened;
    const closing = handle.close();
    if (model.file.isThere) {
      await closing;
      model.flush();
    } else {
      await closing.catch((error) => assert.equal(error.code, 'NOT_FOUND'));
    }
  }

  async #put(client: Client, name: number, length: number): Promise<void> {
    const content = this.#noise(length);
    await client.putFile(this.#path(name), content, { replace: true });
    this.#lose(name);
    const file = new ModelFile();
    file.content = content;
    this.#names.set(name, file);
  }

  async #rename(client: Client, from: number, to: number): Promise<void> {
    const file = this.#names.get(from);
    const renaming = client.rename(this.#path(from), this.#path(to), { replace: true });
    if (file === undefined) return void (await assert.rejects(renaming, { code: 'NOT_FOUND' }));
    await renaming;
    if (from === to) return;
    this.#lose(to);
    this.#names.delete(from);
    this.#names.set(to, file);
  }

  async #copy(client: Client, from: number, to: number): Promise<void> {
    const file = this.#names.get(from);
    if (from === to) return;
    const copying = client.copy(this.#path(from), this.#path(to), { replace: true });
    if (file === undefined) return void (await assert.rejects(copying, { code: 'NOT_FOUND' }));
    await copying;
    this.#lose(to);
    const copied = new ModelFile();
    copied.content = file.content;
    this.#names.set(to, copied);
  }

  /** A handle whose file is gone refuses writes once a flush has told it so. */
  async #hasFailed({ model }: Opened, writing: Promise<void>): Promise<boolean> {
    if (model.file.isThere) return writing.then(() => false);
    return writing.then(
      () => false,
      (error) => {
        assert.equal(error.code, 'NOT_FOUND');
        return true;
      },
    );
  }

  /** The name has no file any more, and the file is gone for its handles. */
  #lose(name: number): void {
    const file = this.#names.get(name);
    if (file !== undefined) file.isThere = false;
    this.#names.delete(name);
  }

  #fails(promise: Promise<unknown>): Promise<void> {
    return assert.rejects(promise, { code: 'NOT_FOUND' });
  }

  #path(name: number): string {
    return `${this.#directory}/${name % NAMES}`;
  }

  #noise(length: number): Uint8Array {
    return new Uint8Array(noise(length, ++this.#seed));
  }
}

/** Some ranges about an offset, in no order; a few overlap. */
function scattered(offset: number, length: number): [number, number][] {
  return Array.from({ length: 1 + (length % 9) }, (_, index) => [
    offset + ((index * 7_919 * (1 + (length % 13))) % 150_000),
    (length * (index + 3)) % 4_000,
  ]);
}

function same(actual: Uint8Array, expected: Uint8Array): void {
  assert.equal(actual.length, expected.length);
  if (Buffer.compare(actual, expected) === 0) return;
  const at = actual.findIndex((byte, index) => byte !== expected[index]);
  assert.fail(`the bytes differ from offset ${at} on`);
}
