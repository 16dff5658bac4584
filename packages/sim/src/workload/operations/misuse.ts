import { type Client, datatype, distribution, type ErrorCode, parseHints } from '@tessera/client';
import { OracleViolation } from '../../oracle/violation.js';
import { meaningOf } from '../answers.js';
import type { Turn } from '../turn.js';

/** What can never be right, and what it is refused with. Nothing of it may change anything: later reads would show it. */
interface Misuse {
  readonly what: string;
  readonly code: ErrorCode;
  /** `root` is a directory, `path` a name in it that nothing else has. */
  act(client: Client, root: string, path: string): Promise<unknown>;
}

/** Where it happens. */
export const MISUSE_ROOT = '/misuse';

const NOWHERE = 'no-such-name';
const BYTES = new Uint8Array(10);
const PAST_END = Number.MAX_SAFE_INTEGER;
const BYTE = datatype.bytes(1);
const MISUSES_PER_TURN = 6;

const misuse = (code: ErrorCode, what: string, act: Misuse['act']): Misuse => ({ code, what, act });
/** A file that is made for it, and goes again. */
const opened =
  (act: (handle: Awaited<ReturnType<Client['open']>>) => Promise<unknown>, flags: 'w+' | 'r' | 'a' = 'w+') =>
  async (client: Client, _root: string, path: string) => {
    if (flags === 'r') await client.putFile(path, BYTES, { replace: true });
    const handle = await client.open(path, flags);
    try {
      return await act(handle);
    } finally {
      await handle.close();
      await client.remove(path);
    }
  };

const MISUSES: readonly Misuse[] = [
  misuse('INVALID_PATH', 'a name with a NUL', (client, root) => client.mkdir(`${root}/a\0b`)),
  misuse('INVALID_PATH', 'a name that is too long', (client, root) => client.stat(`${root}/${'x'.repeat(256)}`)),
  misuse('INVALID_PATH', 'no name', (client) => client.putFile('/', BYTES)),
  misuse('INVALID_PATH', 'two slashes', (client, root) => client.mkdir(`${root}//a`)),
  misuse('INVALID_ARGUMENT', 'no time', (client, root) => client.stat(root, { deadlineMs: 0 })),
  misuse('INVALID_ARGUMENT', 'a mode of many bits', (client, root) => client.mkdir(`${root}/x`, { mode: 0o77777 })),
  misuse('INVALID_ARGUMENT', 'an owner below 0', (client, root) => client.setAttributes(root, { uid: -1 })),
  misuse('INVALID_ARGUMENT', 'a time before time', (client, root) => client.setAttributes(root, { modifiedNs: -1n })),
  misuse('INVALID_ARGUMENT', 'flags of no kind', (client, root) => client.open(`${root}/x`, 'rx' as 'r')),
  misuse('INVALID_ARGUMENT', 'a range backwards', async (client, root) => {
    for await (const piece of client.readStream(`${root}/x`, { start: 5, end: 2 })) return piece;
    return undefined;
  }),
  misuse('INVALID_ARGUMENT', 'locations backwards', (client, root) => client.locations(root, { start: 5, end: 2 })),
  misuse(
    'INVALID_ARGUMENT',
    'reading below 0',
    opened((handle) => handle.read(-1, 5)),
  ),
  misuse(
    'OUT_OF_RANGE',
    'writing past the longest file',
    opened((handle) => handle.write(PAST_END, BYTES)),
  ),
  misuse(
    'INVALID_ARGUMENT',
    'writing text',
    opened((handle) => handle.write(0, 'text' as unknown as Uint8Array)),
  ),
  misuse(
    'INVALID_ARGUMENT',
    'writing what is open to read',
    opened((handle) => handle.write(0, BYTES), 'r'),
  ),
  misuse(
    'INVALID_ARGUMENT',
    'reading what is open to append',
    opened((handle) => handle.read(0, 1), 'a'),
  ),
  misuse(
    'INVALID_ARGUMENT',
    'a list of writes at the end',
    opened((handle) => handle.writev([]), 'a'),
  ),
  misuse(
    'INVALID_ARGUMENT',
    'writes that overlap',
    opened((handle) => {
      const data = BYTES;
      return handle.writev([
        { offset: 0, data },
        { offset: 5, data },
      ]);
    }),
  ),
  misuse(
    'INVALID_ARGUMENT',
    'a buffer that is too small',
    opened((handle) => handle.readvInto(BYTES, [{ offset: 0, length: 11 }])),
  ),
  misuse(
    'INVALID_ARGUMENT',
    'strides that overlap',
    opened((handle) => handle.readStrided({ offset: 0, blockBytes: 5, strideBytes: 2, count: 3 })),
  ),
  misuse(
    'INVALID_ARGUMENT',
    'strides of other bytes',
    opened((handle) => handle.writeStrided({ offset: 0, blockBytes: 5, strideBytes: 9, count: 3 }, BYTES)),
  ),
  misuse(
    'INVALID_ARGUMENT',
    'a view that has a byte twice',
    opened((handle) => handle.writeView(BYTES, { file: datatype.view(datatype.resized(datatype.bytes(4), 0, 2)) })),
  ),
  misuse(
    'INVALID_ARGUMENT',
    'a view past the longest file',
    opened((handle) => handle.readView(BYTES, { file: datatype.view(BYTE, PAST_END) })),
  ),
  misuse(
    'INVALID_ARGUMENT',
    'a view of memory without a length',
    opened((handle) => handle.readView(BYTES, { file: datatype.view(BYTE), memory: datatype.view(BYTE) })),
  ),
  misuse(
    'INVALID_ARGUMENT',
    'a handle that is closed',
    opened(async (handle) => {
      await handle.close();
      return handle.read(0, 1);
    }),
  ),
  misuse('INVALID_ARGUMENT', 'an attribute without a name', (client, root) => client.setXattr(root, '', BYTES)),
  misuse('INVALID_ARGUMENT', 'an attribute with a NUL', (client, root) => client.getXattr(root, 'a\0')),
  misuse('INVALID_ARGUMENT', 'an attribute of a long name', (client, root) => client.getXattr(root, 'x'.repeat(256))),
  misuse('TOO_LARGE', 'an attribute of many bytes', (client, root) =>
    client.setXattr(root, 'user.large', new Uint8Array(64 * 1024 + 1)),
  ),
  misuse('INVALID_PATH', 'a link to nothing', (client, root) => client.symlink('', `${root}/x`)),
  misuse('INVALID_ARGUMENT', 'no files at a time', async (client) => {
    for await (const outcome of client.getMany([NOWHERE], { concurrency: 0 })) return outcome;
    return undefined;
  }),
  misuse('INVALID_ARGUMENT', 'no bytes at a time', async (client) => {
    for await (const outcome of client.getMany([NOWHERE], { bytesInFlightMax: 0 })) return outcome;
    return undefined;
  }),
  misuse('INVALID_ARGUMENT', 'waiting less than nothing', (client) => client.operations().all({ timeoutMs: -1 })),
  misuse('INVALID_LAYOUT', 'a redundancy of no kind', (client, root) => client.setLayout(root, { redundancy: 'raid' })),
  misuse('INVALID_LAYOUT', 'mixing of no kind', (client, root) => client.setLayout(root, { mixing: 'all' as 'file' })),
  misuse('INVALID_LAYOUT', 'a width in parts', (client, root) => client.setLayout(root, { width: 1.5 })),
  misuse('INVALID_ARGUMENT', 'a hint of no kind', (client, root) =>
    client.putFile(`${root}/x`, BYTES, { hints: { colour: 'red' } as object }),
  ),
  misuse('INVALID_ARGUMENT', 'hints of no kind', async () => parseHints('colour=red')),
  misuse('INVALID_ARGUMENT', 'a hint twice', async () => parseHints('width=2 width=2')),
  misuse('INVALID_LAYOUT', 'strips of nobody', async () => distribution.parseDistribution('varstrip:strips=1:64K')),
  misuse('INVALID_LAYOUT', 'a strip twice', async () => distribution.parseDistribution('simple_stripe:strip_size=0')),
  misuse('INVALID_ARGUMENT', 'a datatype of less than nothing', async () => datatype.vector(-1, 1, 1, BYTE)),
];

/** Asks for a few things that are wrong. @throws OracleViolation */
export async function misuseClient(turn: Turn): Promise<void> {
  const { actor, draw } = turn;
  const { client, books } = actor;
  for (const { what, code, act } of draw.some(MISUSES, MISUSES_PER_TURN)) {
    let found: string;
    try {
      await Promise.race([act(client, MISUSE_ROOT, `${MISUSE_ROOT}/${books.newContent(0).id}`), actor.died]);
      found = 'nothing';
    } catch (thrown) {
      const error = books.failure(thrown);
      if (meaningOf(error.code) === 'unanswered' || meaningOf(error.code) === 'not done') continue;
      if (error.code === code) {
        books.count('misuse: refused');
        continue;
      }
      found = `${error.code}: ${error.message}`;
    }
    throw new OracleViolation(`${what} was to be refused with ${code}, and was with ${found}`);
  }
}
