import { TesseraError } from '@tessera/protocol';
import type { Client } from '../api.js';
import { CONCURRENCY_DEFAULT, MANY_BYTES_MAX_DEFAULT, STATS_IN_FLIGHT_DEFAULT } from '../limits.js';
import type { FollowOption } from '../namespace/api.js';
import type { StatOutcome } from '../namespace/survey-api.js';
import type { Path } from '../node-api.js';
import type { PutOptions } from '../put/api.js';
import type { GetEntry, GetOutcome, ManyOptions, ManyProgress, PutEntry, PutManyOptions, PutOutcome } from './api.js';
import { inParallel } from './in-parallel.js';

/* Calls on many files, made of those on one. */

export function putMany<Entry extends PutEntry>(
  client: Pick<Client, 'putFile'>,
  entries: Iterable<Entry> | AsyncIterable<Entry>,
  options: PutManyOptions = {},
): AsyncIterable<PutOutcome<Entry>> {
  const { concurrency, bytesInFlightMax, onProgress, replace = false, makeParents = false, ...rest } = options;
  const limits = {
    itemsMax: checkedConcurrency(concurrency),
    bytesMax: checkedBytes(bytesInFlightMax),
    bytesOf: ({ content, bytes }: Entry) => bytes ?? (content instanceof Uint8Array ? content.length : 0),
  };
  const tell = progressTeller(onProgress);
  return inParallel(entries, limits, async (entry): Promise<PutOutcome<Entry>> => {
    const { path, content } = entry;
    try {
      const opened = typeof content === 'function' ? await content() : content;
      const result = await client.putFile(path, opened, { ...rest, replace, makeParents, ...ownOptions(entry) });
      tell(true, result.attributes.bytes);
      return { path, entry, ok: true, result };
    } catch (error) {
      tell(false, 0);
      return { path, entry, ok: false, error: TesseraError.from(error) };
    }
  });
}

export function getMany<Entry extends Path | GetEntry>(
  client: Pick<Client, 'getFile'>,
  entries: Iterable<Entry> | AsyncIterable<Entry>,
  options: ManyOptions = {},
): AsyncIterable<GetOutcome<Entry>> {
  const { concurrency, bytesInFlightMax, onProgress, ...rest } = options;
  const limits = {
    itemsMax: checkedConcurrency(concurrency),
    bytesMax: checkedBytes(bytesInFlightMax),
    bytesOf: (entry: Entry) => (isPath(entry) ? 0 : (entry.bytes ?? 0)),
  };
  const tell = progressTeller(onProgress);
  return inParallel(entries, limits, async (entry): Promise<GetOutcome<Entry>> => {
    const path = pathOf(entry);
    try {
      const content = await client.getFile(path, rest);
      tell(true, content.length);
      return { path, entry, ok: true, content };
    } catch (error) {
      tell(false, 0);
      return { path, entry, ok: false, error: TesseraError.from(error) };
    }
  });
}

export function statMany<Entry extends Path | { path: Path }>(
  client: Pick<Client, 'stat'>,
  entries: Iterable<Entry> | AsyncIterable<Entry>,
  options: Omit<ManyOptions, 'bytesInFlightMax'> & FollowOption = {},
): AsyncIterable<StatOutcome<Entry>> {
  const { concurrency = STATS_IN_FLIGHT_DEFAULT, onProgress, ...rest } = options;
  const limits = { itemsMax: checkedConcurrency(concurrency) };
  const tell = progressTeller(onProgress);
  return inParallel(entries, limits, async (entry): Promise<StatOutcome<Entry>> => {
    const path = pathOf(entry);
    try {
      const attributes = await client.stat(path, rest);
      tell(true, 0);
      return { path, entry, ok: true, attributes };
    } catch (error) {
      tell(false, 0);
      return { path, entry, ok: false, error: TesseraError.from(error) };
    }
  });
}

/** What the entry says itself. */
function ownOptions({ replace, makeParents, mode, modifiedNs, hints }: PutEntry): PutOptions {
  const own: PutOptions = {};
  if (replace !== undefined) own.replace = replace;
  if (makeParents !== undefined) own.makeParents = makeParents;
  if (mode !== undefined) own.mode = mode;
  if (modifiedNs !== undefined) own.modifiedNs = modifiedNs;
  if (hints !== undefined) own.hints = hints;
  return own;
}

function progressTeller(onProgress: ((progress: ManyProgress) => void) | undefined) {
  let done = 0;
  let failed = 0;
  let bytes = 0;
  return (ok: boolean, more: number) => {
    if (ok) done++;
    else failed++;
    bytes += more;
    onProgress?.({ done, failed, bytes });
  };
}

function isPath(entry: Path | { path: Path }): entry is Path {
  return typeof entry === 'string' || entry instanceof Uint8Array;
}

function pathOf(entry: Path | { path: Path }): Path {
  return isPath(entry) ? entry : entry.path;
}

function checkedConcurrency(concurrency: number = CONCURRENCY_DEFAULT): number {
  if (Number.isInteger(concurrency) && concurrency >= 1) return concurrency;
  throw new TesseraError('INVALID_ARGUMENT', `concurrency is ${concurrency}; a whole number from 1 on is expected`);
}

function checkedBytes(bytes: number = MANY_BYTES_MAX_DEFAULT): number {
  if (bytes >= 1) return bytes;
  throw new TesseraError('INVALID_ARGUMENT', `bytesInFlightMax is ${bytes}; a number of bytes from 1 on is expected`);
}
