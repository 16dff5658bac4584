import { formatId } from '@tessera/client';

/** The names of bigint fields that are counts or times, written in decimal; all other bigints are ids. */
const DECIMAL_FIELD = /(Ns|^version)$/;

/**
 * One line of JSON. Ids become 16 hexadecimal digits and nanosecond times decimal text, since a double holds neither;
 * bytes become hexadecimal text.
 */
export function toJson(value: unknown): string {
  return JSON.stringify(plain('', value));
}

function plain(key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return DECIMAL_FIELD.test(key) ? value.toString() : formatId(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map((item) => plain(key, item));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(name, field)]));
  }
  return value;
}
