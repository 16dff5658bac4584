import path from 'node:path';
import { isAddress } from '@tessera/env';
import { formatByteSize, parseByteSize } from './byte-size.js';
import type { Kind } from './setting.js';

const asString = (value: string) => JSON.stringify(value);

function texts<Value extends string>(kind: Omit<Kind<Value>, 'tomlType' | 'fromToml' | 'toToml'>): Kind<Value> {
  return {
    ...kind,
    tomlType: 'a string',
    fromToml: (value, place) => (typeof value === 'string' ? kind.fromText(value, place) : undefined),
    toToml: asString,
  };
}

/** host:port */
export const address: Kind<string> = texts({
  placeholder: 'host:port',
  expected: 'host:port, for example 10.0.0.5:7070 or [fd00::5]:7070',
  fromText: (text) => (isAddress(text) ? text : undefined),
});

/** A path, made absolute: from the file's directory in a file, else from the working directory. */
export const directory: Kind<string> = texts({
  placeholder: 'path',
  expected: 'the path of a directory',
  fromText: (text, place) => (text === '' || text.includes('\0') ? undefined : path.resolve(place.directory, text)),
});

/** One of a few words. */
export function choice<const Word extends string>(words: readonly Word[]): Kind<Word> {
  return texts({
    placeholder: words.join('|'),
    expected: `one of ${words.join(', ')}`,
    fromText: (text) => words.find((word) => word === text),
  });
}

/** A whole number of `unit`s from `least` to `most`. */
export function wholeNumber(unit: string, least: number, most: number): Kind<number> {
  const inRange = (value: number) =>
    Number.isSafeInteger(value) && value >= least && value <= most ? value : undefined;
  return {
    placeholder: unit,
    expected: `a whole number of ${unit}, ${least} to ${most}`,
    tomlType: 'an integer',
    fromText: (text) => (/^-?\d{1,16}$/.test(text) ? inRange(Number(text)) : undefined),
    fromToml: (value) => (typeof value === 'number' ? inRange(value) : undefined),
    toToml: String,
  };
}

/** A number of bytes above 0, plain or with a binary unit. */
export const byteSize: Kind<number> = {
  placeholder: 'size',
  expected: 'a number of bytes above 0, plain or with a unit: 10GiB, 512MiB',
  tomlType: 'an integer or a string such as "10GiB"',
  fromText: parseByteSize,
  fromToml: (value) =>
    typeof value === 'string' || typeof value === 'number' ? parseByteSize(String(value)) : undefined,
  toToml: (bytes) => asString(formatByteSize(bytes)),
};

/** Whether a value from a file is a table, and no list or date. */
export function isTable(value: unknown): value is Record<string, unknown> {
  return Object.prototype.toString.call(value) === '[object Object]';
}
