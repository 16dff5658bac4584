import type { Command, Option } from 'commander';

/** What may stand where the cursor is. */
export type Wanted =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  /** A path in the cluster that begins so, to be written behind `mark`. */
  | { readonly kind: 'remote'; readonly prefix: string; readonly mark: string }
  /** A local path, which the shell completes itself. */
  | { readonly kind: 'local' };

/** Arguments that are local paths, by command and name. */
const LOCAL = new Set(['put paths', 'get local', 'tour directory']);
/** Arguments that are paths in the cluster behind a mark, local ones without it. */
const EITHER = new Set(['sync from', 'sync to']);
const REMOTE_MARK = ':';
/** Arguments whose values nobody can foresee. */
const FREE = new Set(['chmod mode', 'chown owner', 'get name', 'set name', 'set value', 'rm name']);

const NOTHING: Wanted = { kind: 'words', words: [] };

/**
 * What the last of the words after `tessera` may be completed to.
 * @param words at least one; the last is what is typed of it so far
 */
export function wantedAt(program: Command, words: readonly string[]): Wanted {
  const typed = words.slice(0, -1);
  const prefix = words.at(-1) ?? '';
  let command = program;
  let path: Command[] = [program];
  let pending: Option | undefined;
  let positionals = 0;
  for (const word of typed) {
    if (pending !== undefined) {
      pending = undefined;
    } else if (word.startsWith('-')) {
      const option = word.includes('=') ? undefined : optionNamed(path, word);
      if (option?.required) pending = option;
    } else {
      const next = positionals === 0 ? command.commands.find((candidate) => candidate.name() === word) : undefined;
      if (next === undefined) positionals++;
      else {
        command = next;
        path = [...path, next];
      }
    }
  }
  if (pending !== undefined) return valueWanted(pending, prefix);
  const [name, value] = cutAtEquals(prefix);
  const joined = value === undefined ? undefined : optionNamed(path, name);
  if (joined?.required) return withName(name, valueWanted(joined, value ?? ''));
  if (prefix.startsWith('-')) return matching(optionNames(path), prefix);
  if (positionals === 0 && command.commands.length > 0) return matching(commandNames(command), prefix);
  return argumentWanted(path, positionals, prefix);
}

/** `--name=value`, in two. */
function cutAtEquals(word: string): [name: string, value: string | undefined] {
  const at = word.startsWith('--') ? word.indexOf('=') : -1;
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}

/** What is offered takes the place of the whole word. */
function withName(name: string, wanted: Wanted): Wanted {
  if (wanted.kind !== 'words') return wanted;
  return { kind: 'words', words: wanted.words.map((word) => `${name}=${word}`) };
}

function optionNamed(path: readonly Command[], word: string): Option | undefined {
  return path.flatMap(({ options }) => options).find(({ long, short }) => word === long || word === short);
}

function valueWanted({ argChoices, flags }: Option, prefix: string): Wanted {
  if (argChoices !== undefined) return matching(argChoices, prefix);
  return /<(file|directory|path)>/.test(flags) ? { kind: 'local' } : NOTHING;
}

function argumentWanted(path: readonly Command[], positionals: number, prefix: string): Wanted {
  const command = path.at(-1) as Command;
  const known = command.registeredArguments;
  const argument = known[positionals] ?? (known.at(-1)?.variadic ? known.at(-1) : undefined);
  if (argument === undefined) return NOTHING;
  if (argument.argChoices !== undefined) return matching(argument.argChoices, prefix);
  const name = `${command.name()} ${argument.name()}`;
  if (LOCAL.has(name)) return { kind: 'local' };
  if (FREE.has(name)) return NOTHING;
  if (!EITHER.has(name)) return { kind: 'remote', prefix, mark: '' };
  if (!prefix.startsWith(REMOTE_MARK)) return { kind: 'local' };
  return { kind: 'remote', prefix: prefix.slice(REMOTE_MARK.length), mark: REMOTE_MARK };
}

function matching(words: readonly string[], prefix: string): Wanted {
  return { kind: 'words', words: words.filter((word) => word.startsWith(prefix)).sort() };
}

function commandNames(command: Command): string[] {
  const visible = command
    .createHelp()
    .visibleCommands(command)
    .map((child) => child.name());
  return visible.filter((name) => name !== 'help');
}

function optionNames(path: readonly Command[]): string[] {
  const long = path
    .flatMap(({ options }) => options)
    .filter(({ hidden }) => !hidden)
    .map((option) => option.long);
  return [...long, '--help'].filter((name) => name !== undefined && name !== null) as string[];
}
