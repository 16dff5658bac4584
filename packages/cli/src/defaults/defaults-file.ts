import path from 'node:path';
import { TesseraError } from '@tessera/client';
import { CONFIG_FILE_BYTES_MAX, parseConfigFile } from '@tessera/config';
import { DiskError, readSmallFile } from '@tessera/env';
import type { Terminal } from '../terminal.js';
import { DEFAULT_SETTINGS } from './settings.js';

const DEFAULTS_FILE = 'tessera/config.toml';

type Place = Pick<Terminal, 'environment' | 'cwd'>;

/** The file with a person's defaults, absolute; `isNamed` says that somebody asked for this one. */
export function defaultsFile(given: string | undefined, { environment, cwd }: Place) {
  const named = given ?? environment.TESSERA_CONFIG;
  // Set to nothing, the variable asks for no file at all.
  if (named !== undefined) return named === '' ? undefined : { file: path.resolve(cwd, named), isNamed: true };
  const { XDG_CONFIG_HOME, HOME } = environment;
  const home = XDG_CONFIG_HOME || (HOME ? path.join(HOME, '.config') : undefined);
  return home === undefined ? undefined : { file: path.join(home, DEFAULTS_FILE), isNamed: false };
}

/** The text of that file; undefined when nobody asked for it and it is not there. @throws TesseraError INVALID_ARGUMENT */
export function readDefaultsFile({ file, isNamed }: { file: string; isNamed: boolean }): string | undefined {
  try {
    return readSmallFile(file, CONFIG_FILE_BYTES_MAX);
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
    if (!isNamed && (error.code === 'NOT_FOUND' || error.code === 'NOT_A_DIRECTORY')) return undefined;
    throw new TesseraError('INVALID_ARGUMENT', `the config file: ${error.message}`, { cause: error });
  }
}

/**
 * The environment with what the file sets and nobody else does. Who names one cluster, by flag or variable, shall not
 * get another by the file.
 * @throws TesseraError INVALID_ARGUMENT
 */
export function withDefaults(
  options: { config?: string; metaserver?: string; dir?: string },
  place: Place,
): Terminal['environment'] {
  const { environment } = place;
  const found = defaultsFile(options.config, place);
  const text = found === undefined ? undefined : readDefaultsFile(found);
  if (found === undefined || text === undefined) return environment;
  const values = parseConfigFile(DEFAULT_SETTINGS, text, found.file);
  const isChosen = [options.metaserver, options.dir, environment.TESSERA_METASERVER, environment.TESSERA_DIR].some(
    Boolean,
  );
  const added: Record<string, string> = {};
  for (const [name, { value }] of values) {
    const { variable } = DEFAULT_SETTINGS[name as keyof typeof DEFAULT_SETTINGS];
    const isTaken = name === 'codec' ? Boolean(environment[variable]) : isChosen;
    if (!isTaken) added[variable] = value as string;
  }
  return { ...environment, ...added };
}
