import path from 'node:path';
import { TesseraError } from '@tessera/protocol';
import { type AST, getStaticTOMLValue, ParseError, parseTOML } from 'toml-eslint-parser';
import { nearest } from './nearest.js';
import type { Setting, Settings } from './setting.js';

/** A larger file is no configuration. */
export const CONFIG_FILE_BYTES_MAX = 1024 * 1024;
/** Problems told of one file; whoever has more of them needs the first. */
const PROBLEMS_MAX = 20;

/** A value with the line of the file that gives it. */
export interface FileValue {
  value: unknown;
  line: number;
}

/**
 * What a TOML file sets, by the settings' names in code. All problems are told at once, each with its line: keys that
 * do not exist (with the nearest that does), values of another type or out of range.
 * @param file its path, absolute: for messages, and relative paths start from its directory
 * @throws TesseraError INVALID_ARGUMENT
 */
export function parseConfigFile(settings: Settings, text: string, file: string): Map<string, FileValue> {
  const program = parse(text, file);
  const found = new Map<string, FileValue>();
  const problems: string[] = [];
  const byKey = new Map(Object.entries(settings).map(([name, setting]) => [setting.key, { name, setting }]));
  const lines = keyLines(program);
  const given = new Map(Object.entries(getStaticTOMLValue(program)));
  for (const [key, line] of lines) {
    const known = byKey.get(key);
    if (known === undefined) {
      problems.push(`${file}:${line}: ${unknownKey(key, [...byKey.keys()])}`);
      continue;
    }
    const { name, setting } = known;
    try {
      const value = setting.kind.fromToml(given.get(key), { directory: path.dirname(file) });
      if (value === undefined) problems.push(`${file}:${line}: ${refusal(setting, given.get(key))}`);
      else found.set(name, { value, line });
    } catch (error) {
      problems.push(`${file}:${line}: '${key}': ${TesseraError.from(error).message}`);
    }
  }
  if (problems.length > 0) throw new TesseraError('INVALID_ARGUMENT', listed(problems));
  return found;
}

function parse(text: string, file: string): AST.TOMLProgram {
  try {
    return parseTOML(text);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const where = `${file}:${error.lineNumber}:${error.column + 1}`;
    throw new TesseraError('INVALID_ARGUMENT', `${where}: this is no TOML: ${error.message}`, { cause: error });
  }
}

/** The line of each key of the outermost table: where it, or its table's first part, stands. */
function keyLines(program: AST.TOMLProgram): Map<string, number> {
  const lines = new Map<string, number>();
  for (const node of program.body[0].body) {
    const [first] = node.key.keys;
    if (first === undefined) continue;
    const key = first.type === 'TOMLBare' ? first.name : first.value;
    if (!lines.has(key)) lines.set(key, node.loc.start.line);
  }
  return lines;
}

function unknownKey(key: string, keys: readonly string[]): string {
  const meant = nearest(key, keys);
  const hint = meant === undefined ? '' : `; did you mean '${meant}'?`;
  return `there is no key '${key}'${hint || `; there are ${keys.join(', ')}`}`;
}

function refusal({ key, kind, isSecret }: Setting, value: unknown): string {
  const seen = isSecret ? 'what is given' : show(value);
  return `'${key}' cannot be ${seen}: expected ${kind.expected}, written as ${kind.tomlType}`;
}

function show(value: unknown): string {
  if (typeof value === 'bigint' || typeof value === 'number') return String(value);
  return JSON.stringify(value) ?? String(value);
}

function listed(problems: readonly string[]): string {
  const more = problems.length - PROBLEMS_MAX;
  return [...problems.slice(0, PROBLEMS_MAX), ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}
