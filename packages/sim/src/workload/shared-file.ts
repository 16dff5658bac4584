import { createHash } from 'node:crypto';
import { ChangesAtOnce } from '../linearizability/changes-at-once.js';
import type { Event, SequentialModel } from '../linearizability/history.js';
import { SharedHistory } from '../linearizability/shared-history.js';
import type { Blocks, ListWay, StreamWay } from './file-access.js';

/** What several clients do with one file, by its name, by another name of it and by a symbolic link to it. */
export type FileAction =
  | {
      readonly type: 'write';
      readonly offset: number;
      readonly data: Uint8Array;
      readonly ifVersion?: bigint;
      readonly way?: StreamWay;
    }
  | {
      readonly type: 'write blocks';
      readonly blocks: Blocks;
      readonly data: Uint8Array;
      readonly ifVersion?: bigint;
      readonly way: ListWay;
    }
  | { readonly type: 'append'; readonly data: Uint8Array; readonly ifVersion?: bigint }
  | { readonly type: 'truncate'; readonly bytes: number; readonly ifVersion?: bigint }
  | { readonly type: 'read'; readonly offset: number; readonly length: number; readonly way?: StreamWay }
  | { readonly type: 'read blocks'; readonly blocks: Blocks; readonly way: ListWay }
  | { readonly type: 'stat' }
  | { readonly type: 'set mode'; readonly mode: number }
  | { readonly type: 'set xattr'; readonly value: string; readonly ifValue?: string }
  | { readonly type: 'remove xattr' }
  | { readonly type: 'get xattr' }
  | { readonly type: 'copy' }
  | { readonly type: 'read copy' };

/** A refusal, or what the client heard; `version` beside it when it was told the content version. */
export interface FileAnswer {
  readonly word: string;
  readonly version?: bigint;
}

/** A file and what hangs on it. Versions are the cluster's: undefined while only a commit without an answer made one. */
export interface FileState {
  readonly bytes: Uint8Array;
  readonly version: bigint | undefined;
  readonly mode: number;
  readonly xattr: string | undefined;
  readonly copy: Uint8Array | undefined;
}

type FileEvent = Event<FileAction, FileAnswer>;
/** What makes another content. */
export type Change = Extract<FileAction, { type: 'write' | 'write blocks' | 'append' | 'truncate' }>;

const LIMITS = { stepsMax: 100_000, eventsMax: 80, unansweredMax: 4, eventsShownMax: 30 };

export const MODE_DEFAULT = 0o644;
const EMPTY: FileState = {
  bytes: new Uint8Array(),
  version: undefined,
  mode: MODE_DEFAULT,
  xattr: undefined,
  copy: undefined,
};

/** The file as it is when clients come one after the other. */
export const SHARED_FILE: SequentialModel<FileState, FileAction, FileAnswer> = {
  initial: EMPTY,
  step(state, action, answer) {
    switch (action.type) {
      case 'write':
      case 'write blocks':
      case 'append':
      case 'truncate':
        return commit(state, action, answer);
      case 'set mode':
        return isWord(answer, 'done') ? { ...state, mode: action.mode } : undefined;
      case 'set xattr': {
        const { value, ifValue } = action;
        if (ifValue !== undefined && ifValue !== state.xattr) return answer?.word === 'CHANGED' ? state : undefined;
        return isWord(answer, 'done') ? { ...state, xattr: value } : undefined;
      }
      case 'remove xattr': {
        const word = state.xattr === undefined ? 'absent' : 'removed';
        return isWord(answer, word) ? { ...state, xattr: undefined } : undefined;
      }
      case 'copy':
        return isWord(answer, 'done') ? { ...state, copy: state.bytes } : undefined;
      default:
        return isWord(answer, seen(state, action)) ? told(state, answer) : undefined;
    }
  },
  keyOf: ({ bytes, version, mode, xattr, copy }) =>
    [wordOf(bytes), version ?? '?', mode, xattr ?? '-', copy ? wordOf(copy) : '-'].join(' '),
};

/** The word for bytes that were read. */
export function wordOf(bytes: Uint8Array): string {
  return `${bytes.length} bytes ${createHash('sha1').update(bytes).digest('base64url').slice(0, 12)}`;
}

export function statWord(bytes: number, mode: number): string {
  return `${bytes} bytes, mode ${mode.toString(8)}`;
}

/** What a read of the state is answered with. */
function seen(
  state: FileState,
  action: Extract<FileAction, { type: `${string}read${string}` | 'stat' | 'get xattr' }>,
): string {
  switch (action.type) {
    case 'read':
      return wordOf(state.bytes.subarray(action.offset, action.offset + action.length));
    case 'read blocks':
      return wordOf(bytesIn(state.bytes, action.blocks));
    case 'stat':
      return statWord(state.bytes.length, state.mode);
    case 'get xattr':
      return state.xattr ?? 'absent';
    case 'read copy':
      return state.copy === undefined ? 'NOT_FOUND' : wordOf(state.copy);
  }
}

/** A change of the content: one commit, or with a condition that does not hold none. */
function commit(state: FileState, action: Change, answer: FileAnswer | undefined): FileState | undefined {
  const { ifVersion } = action;
  const isUnknown = state.version === undefined;
  if (answer?.word === 'CHANGED') return ifVersion !== undefined && state.version !== ifVersion ? state : undefined;
  if (ifVersion !== undefined && !isUnknown && state.version !== ifVersion) return undefined;
  const word = action.type === 'append' ? `done at ${state.bytes.length}` : 'done';
  if (!isWord(answer, word)) return undefined;
  return { ...state, bytes: changed(state.bytes, action), version: answer?.version };
}

function changed(before: Uint8Array, action: Change): Uint8Array {
  if (action.type === 'write blocks') return overwritten(before, action.blocks, action.data);
  if (action.type === 'truncate') {
    const bytes = new Uint8Array(action.bytes);
    bytes.set(before.subarray(0, action.bytes));
    return bytes;
  }
  const offset = action.type === 'append' ? before.length : action.offset;
  const bytes = new Uint8Array(Math.max(before.length, offset + action.data.length));
  bytes.set(before);
  bytes.set(action.data, offset);
  return bytes;
}

/** The bytes that a file has of the blocks, one after the other. */
function bytesIn(bytes: Uint8Array, { ranges }: Blocks): Uint8Array {
  return Buffer.concat(ranges.map(({ offset, length }) => bytes.subarray(offset, offset + length)));
}

function overwritten(before: Uint8Array, { ranges }: Blocks, data: Uint8Array): Uint8Array {
  const end = ranges.reduce((last, { offset, length }) => Math.max(last, offset + length), before.length);
  const bytes = new Uint8Array(end);
  bytes.set(before);
  let start = 0;
  for (const { offset, length } of ranges) {
    bytes.set(data.subarray(start, start + length), offset);
    start += length;
  }
  return bytes;
}

/** A read that tells the version says which one an unknown commit made. */
function told(state: FileState, answer: FileAnswer | undefined): FileState | undefined {
  const version = answer?.version;
  if (version === undefined || version === state.version) return state;
  return state.version === undefined ? { ...state, version } : undefined;
}

function isWord(answer: FileAnswer | undefined, word: string): boolean {
  return answer === undefined || answer.word === word;
}

/** Together with all else that splits extents, fewer of them than EXTENTS_REPLACED_MAX. */
const BLOCKS_MAX = 400;

/** One file that several clients use, and all that they asked for and heard. */
export class SharedFile extends SharedHistory<FileState, FileAction, FileAnswer> {
  /** The directory of its names, absolute. */
  readonly root: string;
  /** So many blocks may yet be written: what covers or cuts more extents than a commit may is not one commit. */
  blocksLeft = BLOCKS_MAX;
  readonly changes = new ChangesAtOnce();

  constructor(root: string) {
    super({ model: SHARED_FILE, what: root, show, ...LIMITS });
    this.root = root;
  }
}

function showField(value: unknown): string {
  if (value instanceof Uint8Array) return wordOf(value);
  if (typeof value !== 'object') return String(value);
  const { strided, ranges } = value as Blocks;
  const { offset, blockBytes, strideBytes, count } = strided;
  return `${ranges.length} of ${count} times ${blockBytes} bytes every ${strideBytes} from ${offset}`;
}

function show({ action, answer }: FileEvent): string {
  const fields = Object.entries(action)
    .filter(([name]) => name !== 'type')
    .map(([name, value]) => `${name} ${showField(value)}`);
  const version = answer?.version === undefined ? '' : ` (version ${answer.version})`;
  return `${[action.type, ...fields].join(' ')}: ${answer?.word ?? 'no answer'}${version}`;
}
