import type { Given, Program } from '../configuration.js';
import { address, byteSize, choice, directory, wholeNumber } from '../kinds.js';
import type { Settings } from '../setting.js';

const SETTINGS = {
  directory: {
    key: 'dir',
    variable: 'TRY_DIR',
    help: 'where it lives',
    kind: directory,
    isRequired: true,
    sample: '/var/lib/try',
  },
  listen: {
    key: 'listen',
    variable: 'TRY_LISTEN',
    help: 'where it listens',
    kind: address,
    fallback: '127.0.0.1:1',
    sample: '10.0.0.1:1',
  },
  graceMs: {
    key: 'grace-ms',
    variable: 'TRY_GRACE_MS',
    help: 'how long it waits',
    kind: wholeNumber('milliseconds', 1, 1000),
    fallback: 10,
    sample: 10,
  },
  capacityBytes: {
    key: 'capacity-bytes',
    variable: 'TRY_CAPACITY_BYTES',
    help: 'how much it takes',
    kind: byteSize,
    otherwise: 'all there is',
    sample: 2048,
  },
  colour: {
    key: 'colour',
    variable: 'TRY_COLOUR',
    help: 'its paint',
    kind: choice(['red', 'green']),
    fallback: 'red',
    sample: 'green',
  },
  token: {
    key: 'token',
    variable: 'TRY_TOKEN',
    help: 'its secret',
    kind: choice(['hush', 'silence']),
    otherwise: 'none',
    sample: 'hush',
    isSecret: true,
  },
} as const satisfies Settings;

/** A program with settings of every kind. */
export const PROGRAM = {
  name: 'try',
  description: 'Tries.',
  settings: SETTINGS,
  configVariable: 'TRY_CONFIG',
  epilogue: '',
} satisfies Program;

/** Started in /work with these flags, variables and files; what it says goes to `said`. */
export function given(
  argv: readonly string[],
  environment: Record<string, string> = {},
  files: Record<string, string> = {},
  said: string[] = [],
): Given {
  const note = (text: string) => {
    said.push(text);
  };
  return {
    argv,
    environment,
    directory: '/work',
    readFile(file) {
      const text = files[file];
      if (text === undefined) throw new Error(`no ${file} in this test`);
      return text;
    },
    output: { writeOut: note, writeErr: note },
  };
}
