import os from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { CONFIG_FILE_BYTES_MAX, configurationFailure } from '@tessera/config';
import { createRealEnv, DiskError, NetworkError, readSmallFile } from '@tessera/env';
import { createLevelEngine, KvError } from '@tessera/kv';
import { TesseraError } from '@tessera/protocol';
import { pino } from 'pino';
import { type Daemon, startDaemon } from './daemon/daemon.js';
import { type DaemonOptions, readOptions } from './daemon/options.js';

const EXIT_FAILED = 1;

/**
 * Each 64 KiB read from a socket is memory outside of V8's heap, which V8 counts against the heap's limit. Beside a heap of
 * 10 MB it then marks everything again and again, at the cost of half of this process's CPU. Letting the heap
 * grow sevenfold between two markings leaves that garbage to the cheap collections of young objects.
 */
const HEAP_GROWING_PERCENT = 600;

/** The daemon `tessera-chunkserver`. */
function main(): void {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWING_PERCENT}`);
  const options = configure();
  const log = createLog(options.logLevel);
  // One line, then the end: whatever is running must not act on a state that is known to be wrong.
  const die = (error: unknown, message: string): never => {
    log.error({ err: error }, message);
    process.exit(EXIT_FAILED);
  };
  process.on('uncaughtException', (error) => die(error, 'the chunkserver has a bug and must stop; please report this'));
  process.on('unhandledRejection', (error) =>
    die(error, 'the chunkserver has a bug and must stop; please report this'),
  );

  const realEnv = createRealEnv();
  const env = { ...realEnv, kv: createLevelEngine(), log };
  const started = startDaemon(env, options, {
    pid: process.pid,
    onFatal: (error) => die(error, 'the chunkserver must stop'),
  });
  started.catch((error) => die(error, `the chunkserver cannot start${advice(error, options)}`));

  let stopping = false;
  const stop = async (signal: string) => {
    // Who asks twice does not want to wait: what is acknowledged is durable, an unclean stop only costs start-up time.
    if (stopping) die(new TesseraError('CANCELLED', `got ${signal} while stopping`), 'the chunkserver stops at once');
    stopping = true;
    log.info({ signal }, 'the chunkserver is asked to stop');
    let daemon: Daemon;
    try {
      daemon = await started;
    } catch {
      return;
    }
    await daemon.stop().catch((error) => die(error, 'the chunkserver did not stop cleanly'));
    realEnv.close();
    process.exit(0);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** What flags, environment and config file say. Ends the process when they are wrong, or only asked for. */
function configure(): DaemonOptions {
  try {
    const { values, shown } = readOptions(os.hostname(), {
      argv: process.argv.slice(2),
      environment: process.env,
      directory: process.cwd(),
      readFile: (file) => readSmallFile(file, CONFIG_FILE_BYTES_MAX),
    });
    if (shown === undefined) return values;
    process.stdout.write(shown);
    return process.exit(0);
  } catch (error) {
    const failure = configurationFailure(error);
    if (failure === undefined) throw error;
    process.stderr.write(failure.message);
    return process.exit(failure.exitCode);
  }
}

/** What to do about a directory that cannot be used; other errors say it themselves. */
function advice(error: unknown, { directory }: DaemonOptions): string {
  const aboutFiles =
    (error instanceof DiskError && error.code !== 'IO' && error.code !== 'NO_SPACE') ||
    (error instanceof KvError && error.code === 'IO');
  if (!aboutFiles) return '';
  return `; make ${directory} a directory that user ${process.getuid?.() ?? '?'} can write to, or choose another with --dir`;
}

/** Synchronous: the last line must be out before the process ends. */
function createLog(level: string) {
  const serializers = { err: describeError, error: describeError };
  const base = { role: 'chunkserver', pid: process.pid };
  return pino({ level, base, serializers }, pino.destination({ fd: 2, sync: true }));
}

/** An expected failure needs no stack: its message says what to do. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const expected =
    error instanceof TesseraError ||
    error instanceof DiskError ||
    error instanceof NetworkError ||
    error instanceof KvError;
  if (!expected || error.code === 'INTERNAL') return pino.stdSerializers.err(error);
  return { type: error.name, code: error.code, message: error.message };
}

main();
