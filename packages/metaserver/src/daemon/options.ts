import path from 'node:path';
import { isAddress } from '@tessera/env';
import { Command, InvalidArgumentError, Option } from 'commander';
import { WITNESS_GRACE_MS } from '../service/opening.js';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** What the daemon was asked to do. */
export interface DaemonOptions {
  /** Absolute. */
  directory: string;
  /** host:port of the gRPC services. */
  listen: string;
  /** host:port of /healthz; unset: there is none. */
  health?: string;
  /** How long a start after a stop that was not in order waits for chunkservers. */
  witnessGraceMs: number;
  logLevel: string;
}

const EXAMPLES = `
Examples:
  tessera-metaserver --dir /var/lib/tessera/metaserver
  tessera-metaserver --dir ./meta --listen 10.0.0.5:7070 --health 127.0.0.1:7071
  TESSERA_METASERVER_DIR=./meta TESSERA_LOG_LEVEL=debug tessera-metaserver

Exit codes: 0 stopped by SIGTERM or SIGINT, 1 failed (the log says why), 2 wrong flag or value.`;

/** The daemon's command line; flags win over the environment. Throws CommanderError for --help and what is wrong. */
export function parseOptions(argv: readonly string[]): DaemonOptions {
  const command = new Command('tessera-metaserver')
    .description('Keeps the namespace of a Tessera cluster and where its data lies.')
    .addOption(
      new Option('--dir <path>', 'directory of journal and store; made when missing')
        .env('TESSERA_METASERVER_DIR')
        .argParser(nonEmpty)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--listen <host:port>', 'where clients and chunkservers call; port 0 takes any free one')
        .env('TESSERA_METASERVER_LISTEN')
        .argParser(address)
        .default('127.0.0.1:7070'),
    )
    .addOption(
      new Option('--health <host:port>', 'where GET /healthz is answered over HTTP (default: nowhere)')
        .env('TESSERA_METASERVER_HEALTH')
        .argParser(address),
    )
    .addOption(
      new Option(
        '--witness-grace-ms <ms>',
        'after a crash: how long to ask chunkservers what they know of the journal before serving without them',
      )
        .env('TESSERA_METASERVER_WITNESS_GRACE_MS')
        .argParser(milliseconds)
        .default(WITNESS_GRACE_MS),
    )
    .addOption(
      new Option('--log-level <level>', 'least important log lines that are written')
        .env('TESSERA_LOG_LEVEL')
        .choices(LOG_LEVELS)
        .default('info'),
    )
    .addHelpText('after', EXAMPLES)
    .exitOverride();
  command.parse(argv, { from: 'user' });
  const { dir, ...given } = command.opts<Omit<DaemonOptions, 'directory'> & { dir: string }>();
  return { directory: path.resolve(dir), ...given };
}

function address(value: string): string {
  if (!isAddress(value)) {
    throw new InvalidArgumentError('Expected host:port, for example 10.0.0.5:7070 or [fd00::5]:7070.');
  }
  return value;
}

function milliseconds(value: string): number {
  const number = /^\d{1,9}$/.test(value) ? Number(value) : 0;
  if (number === 0) throw new InvalidArgumentError('Expected a whole number of milliseconds, 1 to 999999999.');
  return number;
}

function nonEmpty(value: string): string {
  if (value === '') throw new InvalidArgumentError('Expected the path of a directory.');
  return value;
}
