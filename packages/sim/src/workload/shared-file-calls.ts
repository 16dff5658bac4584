import type { Client, FileHandle } from '@tessera/client';
import type { Draw } from '../draw.js';
import {
  partsOf,
  readBack,
  readBlocks,
  readRanges,
  sameAsWritten,
  streamInto,
  streamOutOf,
  writeBlocks,
} from './file-access.js';
import { type Change, type FileAction, type FileAnswer, statWord, wordOf } from './shared-file.js';

/** Names of a shared file and of its copy, in its directory. */
export const FILE = 'file';
export const HARD_LINK = 'link';
export const SYMLINK = 'symlink';
const COPY = 'copy';

const XATTR = 'user.x';
const READ_BACK_SHARE = 0.3;
/** Of lists that go without a handle. */
const BY_PATH_SHARE = 0.4;
const BLOCKS_READ_BACK_MAX = 12;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Has a client do something with the shared file in a directory, by any of its names. @throws TesseraError, OracleViolation */
export async function askSharedFile(client: Client, root: string, action: FileAction, draw: Draw): Promise<FileAnswer> {
  const options = { deadlineMs: draw.chance(0.9) ? 120_000 : 200 + draw.below(4_000) };
  const at = `${root}/${draw.of([FILE, HARD_LINK, SYMLINK])}`;
  switch (action.type) {
    case 'write':
      return changeIn(client, at, action, draw, options);
    case 'write blocks':
      if (action.way === 'list' && draw.chance(BY_PATH_SHARE)) return writeByPath(client, at, action, options);
      return changeIn(client, at, action, draw, options);
    case 'append':
    case 'truncate':
      return changeIn(client, at, action, draw, options);
    case 'read':
      return withHandle(await client.open(at, 'r', options), async (handle) => {
        const { offset, length, way = 'call' } = action;
        const reading =
          way === 'call' ? handle.read(offset, length, options) : streamOutOf(handle, offset, length, way, options);
        return { word: wordOf(await reading) };
      });
    case 'read blocks':
      if (action.way === 'list' && draw.chance(BY_PATH_SHARE)) {
        return { word: wordOf(await readRanges(at, client, action.blocks, options)) };
      }
      return withHandle(await client.open(at, 'r', options), async (handle) => ({
        word: wordOf(await readBlocks(handle, action.blocks, action.way, options)),
      }));
    case 'stat': {
      const { bytes, mode, contentVersion: version } = await client.stat(at, options);
      return { word: statWord(bytes, mode), version };
    }
    case 'set mode':
      await client.setAttributes(at, { mode: action.mode }, options);
      return { word: 'done' };
    case 'set xattr': {
      const { value, ifValue } = action;
      const swap = ifValue === undefined ? {} : { ifValue: encoder.encode(ifValue) };
      await client.setXattr(at, XATTR, encoder.encode(value), { ...options, ...swap });
      return { word: 'done' };
    }
    case 'remove xattr':
      return { word: (await client.removeXattr(at, XATTR, options)) ? 'removed' : 'absent' };
    case 'get xattr': {
      const value = await client.getXattr(at, XATTR, options);
      return { word: value === undefined ? 'absent' : decoder.decode(value) };
    }
    case 'copy':
      await client.copy(at, `${root}/${COPY}`, { ...options, replace: true, how: 'share' });
      return { word: 'done' };
    case 'read copy':
      return { word: wordOf(await client.getFile(`${root}/${COPY}`, options)) };
  }
}

async function changeIn(
  client: Client,
  at: string,
  action: Change,
  draw: Draw,
  options: { deadlineMs: number },
): Promise<FileAnswer> {
  const isReadBack = draw.chance(READ_BACK_SHARE);
  return withHandle(await client.open(at, 'r+', options), (handle) => change(handle, action, isReadBack, options));
}

async function writeByPath(
  client: Client,
  at: string,
  { blocks, data, ifVersion }: Extract<FileAction, { type: 'write blocks' }>,
  options: { deadlineMs: number },
): Promise<FileAnswer> {
  const terms = { ...options, ...(ifVersion !== undefined && { ifVersion }) };
  const { contentVersion: version } = await client.writev(at, partsOf(blocks, data), terms);
  return { word: 'done', version };
}

async function withHandle<T>(handle: FileHandle, act: (handle: FileHandle) => Promise<T>): Promise<T> {
  const result = await act(handle);
  // Nothing is left to flush, so that closing asks nobody.
  await handle.close();
  return result;
}

async function change(
  handle: FileHandle,
  action: Change,
  isReadBack: boolean,
  options: { deadlineMs: number },
): Promise<FileAnswer> {
  const { ifVersion } = action;
  const terms = { ...options, ...(ifVersion !== undefined && { ifVersion }) };
  switch (action.type) {
    case 'write': {
      const { offset, data, way = 'call' } = action;
      if (way !== 'call') {
        await streamInto(handle, offset, data, way);
        return { word: 'done', version: handle.attributes.contentVersion };
      }
      await handle.write(offset, data, options);
      if (isReadBack) await readBack(handle, offset, data);
      const { contentVersion: version } = await handle.flush(terms);
      return { word: 'done', version };
    }
    case 'write blocks': {
      const { blocks, data, way } = action;
      await writeBlocks(handle, blocks, data, way, options);
      const [first] = blocks.ranges;
      if (isReadBack && first) await readBack(handle, first.offset, data.subarray(0, first.length));
      if (isReadBack && blocks.ranges.length <= BLOCKS_READ_BACK_MAX) {
        sameAsWritten(await readBlocks(handle, blocks, way, options), data);
      }
      const { contentVersion: version } = await handle.flush(terms);
      return { word: 'done', version };
    }
    case 'append': {
      const { offset, attributes } = await handle.append(action.data, terms);
      return { word: `done at ${offset}`, version: attributes.contentVersion };
    }
    case 'truncate': {
      const { contentVersion: version } = await handle.truncate(action.bytes, terms);
      return { word: 'done', version };
    }
  }
}
