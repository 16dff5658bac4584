import path from 'node:path';
import { isAddress } from '@tessera/env';
import { checkLabels } from '@tessera/protocol';
import { Command, InvalidArgumentError, Option } from 'commander';
import { parseByteSize } from './byte-size.js';

const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

export interface Label {
  key: string;
  value: string;
}

/** What the daemon was asked to do. */
export interface DaemonOptions {
  /** Absolute. */
  directory: string;
  metaserver: string;
  listen: string;
  advertise: string | undefined;
  labels: Label[];
  capacityBytes: number | undefined;
  /** host:port of /healthz; undefined: there is none. */
  health: string | undefined;
  logLevel: string;
}

const EXAMPLES = `
Examples:
  tessera-chunkserver --dir /data/disk1 --metaserver 10.0.0.5:7070 --listen 10.0.0.7:7100 --label rack=r2
  tessera-chunkserver --dir ./disk1 --metaserver 127.0.0.1:7070 --label host=host-1 --capacity-bytes 10GiB
  TESSERA_CHUNKSERVER_LABELS=host=h7,rack=r2 tessera-chunkserver --dir ./disk1 --metaserver 10.0.0.5:7070

Exit codes: 0 stopped by SIGTERM or SIGINT, 1 failed (the log says why), 2 wrong flag or value.`;

/**
 * The daemon's command line; flags win over the environment. The label `host` is `hostname` unless given. Throws
 * CommanderError for --help and what is wrong, once `writeErr` (default: stderr) has been told what was expected.
 */
export function parseOptions(
  argv: readonly string[],
  hostname: string,
  writeErr?: (text: string) => void,
): DaemonOptions {
  const command = new Command('tessera-chunkserver')
    .description('Keeps shards on one disk and serves them to clients.')
    .addOption(
      new Option('--dir <path>', 'directory of the disk; made when missing')
        .env('TESSERA_CHUNKSERVER_DIR')
        .argParser(nonEmpty)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--metaserver <host:port>', 'where the metaserver is')
        .env('TESSERA_METASERVER')
        .argParser(address)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--listen <host:port>', 'where clients connect; port 0 takes any free one')
        .env('TESSERA_CHUNKSERVER_LISTEN')
        .argParser(address)
        .default('127.0.0.1:0'),
    )
    .addOption(
      new Option('--advertise <host:port>', 'where clients reach it, if not where it listens')
        .env('TESSERA_CHUNKSERVER_ADVERTISE')
        .argParser(address),
    )
    .addOption(
      new Option('--label <key=value>', 'failure domain (host, rack, site, region) or any other; may be repeated')
        .env('TESSERA_CHUNKSERVER_LABELS')
        .argParser(labels)
        .default([], `host=${hostname}`),
    )
    .addOption(
      new Option('--capacity-bytes <size>', 'how much it may use, such as 10GiB (default: what the file system has)')
        .env('TESSERA_CHUNKSERVER_CAPACITY_BYTES')
        .argParser(size),
    )
    .addOption(
      new Option('--health <host:port>', 'where GET /healthz is answered over HTTP (default: nowhere)')
        .env('TESSERA_CHUNKSERVER_HEALTH')
        .argParser(address),
    )
    .addOption(
      new Option('--log-level <level>', 'least important log lines that are written')
        .env('TESSERA_LOG_LEVEL')
        .choices(LOG_LEVELS)
        .default('info'),
    )
    .addHelpText('after', EXAMPLES)
    .exitOverride();
  if (writeErr) command.configureOutput({ writeErr });
  command.parse(argv, { from: 'user' });
  const given = command.opts<{
    dir: string;
    metaserver: string;
    listen: string;
    advertise?: string;
    label: Label[];
    capacityBytes?: number;
    health?: string;
    logLevel: string;
  }>();
  const hasHost = given.label.some(({ key }) => key === 'host');
  return {
    directory: path.resolve(given.dir),
    metaserver: given.metaserver,
    listen: given.listen,
    advertise: given.advertise,
    labels: hasHost ? given.label : [{ key: 'host', value: hostname }, ...given.label],
    capacityBytes: given.capacityBytes,
    health: given.health,
    logLevel: given.logLevel,
  };
}

/** `key=value`, or several with commas between them, added to what came before. */
function labels(text: string, before: Label[]): Label[] {
  const all = [...before];
  for (const part of text.split(',')) {
    const [key, ...rest] = part.trim().split('=');
    if (!key || rest.length === 0 || rest.join('=') === '') {
      throw new InvalidArgumentError('Expected key=value, for example rack=r2.');
    }
    if (all.some((label) => label.key === key)) throw new InvalidArgumentError(`The label '${key}' is given twice.`);
    all.push({ key, value: rest.join('=') });
  }
  try {
    checkLabels(all);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
  return all;
}

function size(text: string): number {
  const bytes = parseByteSize(text);
  if (bytes === undefined) {
    throw new InvalidArgumentError('Expected a number of bytes above 0, plain or with a unit: 10GiB, 512MiB.');
  }
  return bytes;
}

function address(value: string): string {
  if (!isAddress(value)) {
    throw new InvalidArgumentError('Expected host:port, for example 10.0.0.5:7070 or [fd00::5]:7070.');
  }
  return value;
}

function nonEmpty(value: string): string {
  if (value === '') throw new InvalidArgumentError('Expected the path of a directory.');
  return value;
}
