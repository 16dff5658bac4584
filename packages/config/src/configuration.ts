import path from 'node:path';
import { DiskError } from '@tessera/env';
import { TesseraError } from '@tessera/protocol';
import { Command, CommanderError, Option } from 'commander';
import { type FileValue, parseConfigFile } from './config-file.js';
import { type Origin, showEffective } from './effective.js';
import { flagOf, type Setting, type Settings, type Values } from './setting.js';

/** A daemon as its command line and files see it. */
export interface Program<Table extends Settings = Settings> {
  readonly name: string;
  readonly description: string;
  readonly settings: Table;
  /** Environment variable that names the config file. */
  readonly configVariable: string;
  /** Ends its help. */
  readonly epilogue: string;
}

/** What the process was given. */
export interface Given {
  /** Without the executable's name. */
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Working directory. */
  readonly directory: string;
  /** The text of a file. @throws DiskError */
  readFile(file: string): string;
  /** Help and refusals of wrong flags; default: the process's own streams. */
  readonly output?: { writeOut?(text: string): void; writeErr?(text: string): void };
}

export interface Configuration<Table extends Settings> {
  readonly values: Values<Table>;
  /** With --check-config, what is in force, as TOML; the program shall print it and end. */
  readonly shown: string | undefined;
}

const CHECK = 'check-config';
const CONFIG = 'config';

/**
 * What is in force: flags, else the environment, else the config file, else the defaults.
 * @throws CommanderError for --help (exit code 0) and wrong flags, which has been told on the output
 * @throws TesseraError INVALID_ARGUMENT for wrong values and whatever is wrong in the file, all of it at once
 * @throws DiskError when the file cannot be read
 */
export function readConfiguration<Table extends Settings>(program: Program<Table>, given: Given): Configuration<Table> {
  const flags = readFlags(program, given);
  const file = fileNamed(program, flags, given);
  const { settings } = program;
  const { values, origins } = resolveSettings(settings, flags, given, file);
  const isCheck = flags.get(CHECK) !== undefined;
  return { values, shown: isCheck ? showEffective(program.name, settings, values, origins) : undefined };
}

/**
 * The values in force and where each is from.
 * @param flags the texts given, by flag without dashes
 * @param file absolute path of the config file, if there is one
 * @throws TesseraError INVALID_ARGUMENT
 * @throws DiskError when the file cannot be read
 */
export function resolveSettings<Table extends Settings>(
  settings: Table,
  flags: ReadonlyMap<string, string>,
  given: Pick<Given, 'environment' | 'directory' | 'readFile'>,
  file: string | undefined,
): { values: Values<Table>; origins: ReadonlyMap<string, Origin> } {
  const fromFile = file === undefined ? undefined : parseConfigFile(settings, given.readFile(file), file);
  const values: Record<string, unknown> = {};
  const origins = new Map<string, Origin>();
  for (const [name, setting] of Object.entries(settings)) {
    const { value, origin } = choose(setting, flags, given, file, fromFile?.get(name));
    values[name] = value;
    origins.set(name, origin);
  }
  return { values: values as Values<Table>, origins };
}

/** The texts of the flags given, by their names without dashes. */
function readFlags(program: Program, given: Given): Map<string, string> {
  const texts = new Map<string, string>();
  const command = new Command(program.name).description(program.description).exitOverride();
  if (given.output !== undefined) command.configureOutput(given.output);
  for (const setting of Object.values(program.settings)) command.addOption(optionOf(setting, texts));
  const help = `TOML file with settings; flags and the environment win over it (environment: ${program.configVariable})`;
  command.addOption(new Option(`--${CONFIG} <file>`, help).argParser((text) => texts.set(CONFIG, text)));
  command.addOption(new Option(`--${CHECK}`, 'print the configuration in force, as TOML, and end'));
  command.addHelpText('after', program.epilogue).allowExcessArguments(false);
  command.parse([...given.argv], { from: 'user' });
  if (command.opts().checkConfig) texts.set(CHECK, '');
  return texts;
}

function optionOf(setting: Setting, texts: Map<string, string>): Option {
  const { kind, help, variable } = setting;
  const flag = flagOf(setting);
  const name = flag.slice(2);
  const option = new Option(
    `${flag} <${kind.placeholder}>`,
    `${help} (${[whenUnset(setting), `environment: ${variable}`].join('; ')})`,
  );
  return option.argParser((text) => {
    const before = kind.isRepeatable ? texts.get(name) : undefined;
    texts.set(name, before === undefined ? text : `${before},${text}`);
  });
}

/** What holds when it is not set, in words. */
export function whenUnset({ isRequired, otherwise, fallback, kind }: Setting): string {
  if (isRequired) return 'must be given';
  if (otherwise !== undefined) return `default: ${otherwise}`;
  return `default: ${fallback === undefined ? 'none' : kind.toToml(fallback).replaceAll('"', '')}`;
}

function fileNamed(program: Program, flags: Map<string, string>, given: Given): string | undefined {
  const named = flags.get(CONFIG) ?? given.environment[program.configVariable];
  return named === undefined || named === '' ? undefined : path.resolve(given.directory, named);
}

function choose(
  setting: Setting,
  flags: ReadonlyMap<string, string>,
  given: Pick<Given, 'environment' | 'directory'>,
  file: string | undefined,
  fromFile: FileValue | undefined,
): { value: unknown; origin: Origin } {
  const flag = flagOf(setting);
  const text = flags.get(flag.slice(2));
  if (text !== undefined) return { value: fromText(setting, text, flag, given), origin: flag };
  const { variable, key } = setting;
  const variableText = given.environment[variable];
  // A variable that is set to nothing sets nothing: unit files and shells leave such ones behind.
  if (variableText !== undefined && variableText !== '') {
    return { value: fromText(setting, variableText, variable, given), origin: variable };
  }
  if (fromFile !== undefined) return { value: fromFile.value, origin: `${file}:${fromFile.line}` };
  if (setting.isRequired) {
    const inFile = file === undefined ? `'${key}' in a file given with --${CONFIG}` : `'${key}' in ${file}`;
    throw new TesseraError(
      'INVALID_ARGUMENT',
      `'${key}' is missing: give ${flag} <${setting.kind.placeholder}>, ${variable} in the environment, or ${inFile}`,
    );
  }
  return { value: setting.fallback, origin: undefined };
}

function fromText(
  { kind, isSecret }: Setting,
  text: string,
  source: string,
  { directory }: Pick<Given, 'directory'>,
): unknown {
  let value: unknown;
  let why = `expected ${kind.expected}`;
  try {
    value = kind.fromText(text, { directory });
  } catch (error) {
    why = TesseraError.from(error).message;
  }
  if (value !== undefined) return value;
  const seen = isSecret ? 'what is given' : `'${text}'`;
  throw new TesseraError('INVALID_ARGUMENT', `${source} cannot be ${seen}: ${why}`);
}

/** The exit code that a failed reading of the configuration asks for, and what is left to say; undefined: a bug. */
export function configurationFailure(error: unknown): { exitCode: number; message: string } | undefined {
  if (error instanceof CommanderError) return { exitCode: error.exitCode === 0 ? 0 : EXIT_USAGE, message: '' };
  if (error instanceof TesseraError || error instanceof DiskError) {
    return { exitCode: EXIT_USAGE, message: `error: ${error.message}\n` };
  }
  return undefined;
}

const EXIT_USAGE = 2;
