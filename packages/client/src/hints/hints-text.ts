import { formatDistribution, parseByteCount, parseDistribution, TesseraError } from '@tessera/protocol';
import { type Hints, hintFields } from './hints.js';

/** The environment variable that hints are taken from. */
export const HINTS_VARIABLE = 'TESSERA_HINTS';

type Parse = (value: string, key: string) => Hints;

/** By the name that each has in text, which is that of the option of `tessera layout set`. */
const PARSERS: ReadonlyMap<string, Parse> = new Map<string, Parse>([
  ['redundancy', (value) => ({ redundancy: value })],
  ['segment-bytes', (value, key) => ({ segmentBytes: parseByteCount(key, value) })],
  ['durability', (value) => ({ durability: value as NonNullable<Hints['durability']> })],
  ['distribution', (value) => ({ distribution: formatDistribution(parseDistribution(value)) })],
  ['width', (value, key) => ({ width: whole(key, value) })],
  ['server-order', (value) => ({ serverOrder: value as NonNullable<Hints['serverOrder']> })],
  ['start-server', (value, key) => ({ startServer: whole(key, value) })],
  ['servers', (value, key) => ({ servers: value === 'any' ? [] : value.split(',').map((each) => whole(key, each)) })],
]);

/**
 * Reads hints apart by white space: `redundancy=copies-3 segment-bytes=4M distribution=varstrip:strips=0:64K;1:1M
 * servers=3,1`. Every one must be known and make sense by itself. `source` is for messages.
 * @throws TesseraError INVALID_ARGUMENT, INVALID_LAYOUT
 */
export function parseHints(text: string, source = 'hints'): Hints {
  const hints: Hints = {};
  const seen = new Set<string>();
  try {
    for (const item of text.split(/\s+/)) {
      if (item === '') continue;
      const equals = item.indexOf('=');
      const key = equals < 0 ? item : item.slice(0, equals);
      const value = equals < 0 ? '' : item.slice(equals + 1);
      const parse = PARSERS.get(key);
      if (parse === undefined) refuse(`'${key}' is unknown; known: ${[...PARSERS.keys()].join(', ')}`);
      if (value === '') refuse(`${key} has no value; write ${key}=…`);
      if (seen.has(key)) refuse(`${key} is given twice`);
      seen.add(key);
      Object.assign(hints, parse(value, key));
    }
    hintFields(hints);
  } catch (thrown) {
    const { code, message } = TesseraError.from(thrown);
    throw new TesseraError(code, `${source}: ${message}`, { cause: thrown });
  }
  return hints;
}

function whole(key: string, text: string): number {
  if (!/^\d{1,10}$/.test(text)) refuse(`${key} has '${text}'; a whole number is expected`);
  return Number(text);
}

function refuse(message: string): never {
  throw new TesseraError('INVALID_ARGUMENT', message);
}
