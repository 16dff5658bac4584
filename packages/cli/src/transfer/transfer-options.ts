import { TesseraError } from '@tessera/client';
import { type Command, Option } from 'commander';
import type { GlobalOptions } from '../context.js';
import { optionValue } from '../option-value.js';
import { parseCount } from '../output/count.js';
import { FILES_IN_FLIGHT_DEFAULT, FILES_IN_FLIGHT_MAX } from './limits.js';
import type { FilterRule } from './path-filter.js';
import { parsePattern } from './path-pattern.js';

const PRESERVED = ['mode', 'times', 'links', 'hard-links', 'owner'] as const;
type Preserved = (typeof PRESERVED)[number];

/** Options of all commands that transfer files. */
export interface TransferOptions extends GlobalOptions {
  /** Files in flight. */
  jobs: number;
  checksum?: boolean;
  verify?: boolean;
  dryRun?: boolean;
  verbose?: boolean;
  quiet?: boolean;
  fsync?: boolean;
  sparse?: boolean;
  preserve?: readonly Preserved[];
  /** The same list as `exclude`: rules in their order. */
  include?: readonly FilterRule[];
  exclude?: readonly FilterRule[];
}

export function addTransferOptions(command: Command): Command {
  const rules: FilterRule[] = [];
  const rule = (takes: boolean) =>
    optionValue((text: string): readonly FilterRule[] => {
      rules.push({ takes, pattern: parsePattern(text) });
      return rules;
    });
  return command
    .option('--include <pattern>', 'take what matches; the first of all --include and --exclude decides', rule(true))
    .option('--exclude <pattern>', "leave out what matches: '*.tmp', 'cache/', '/CT-*/raw/**'", rule(false))
    .option('-c, --checksum', 'compare contents instead of sizes and times')
    .option('--verify', 'read everything back after writing it, and compare digests')
    .option('-n, --dry-run', 'say what would be done, and do nothing')
    .addOption(
      new Option(
        '--preserve <what>',
        'keep also: mode, times (of directories), links, hard-links, owner (of local files by root only), or all; separated by commas',
      ).argParser(optionValue(parsePreserved)),
    )
    .addOption(jobsOption())
    .option('-S, --sparse', 'make holes of runs of zeros; in the cluster of those of files that have holes')
    .option('--fsync', 'make each local file durable; large ones are anyway')
    .option('-v, --verbose', 'a line for each file')
    .option('-q, --quiet', 'no summary and no progress; failures are told');
}

export function jobsOption(): Option {
  return new Option('-j, --jobs <files>', 'files in flight')
    .argParser(optionValue(parseCount(1, FILES_IN_FLIGHT_MAX)))
    .default(FILES_IN_FLIGHT_DEFAULT);
}

export function filterRules({ include, exclude }: TransferOptions): readonly FilterRule[] {
  return include ?? exclude ?? [];
}

/** @throws TesseraError INVALID_ARGUMENT */
function parsePreserved(text: string): readonly Preserved[] {
  return text.split(',').flatMap((word) => {
    if (word === 'all') return PRESERVED;
    const known = PRESERVED.find((name) => name === word);
    if (known === undefined) {
      throw new TesseraError('INVALID_ARGUMENT', `'${word}' cannot be preserved; use ${PRESERVED.join(', ')} or all`);
    }
    return [known];
  });
}
