import { createRealEnv, DiskError, NetworkError } from '@tessera/env';
import { createLevelEngine, KvError } from '@tessera/kv';
import { TesseraError } from '@tessera/protocol';
import { CommanderError } from 'commander';
import { pino } from 'pino';
import { type Daemon, startDaemon } from './daemon/daemon.js';
import { type DaemonOptions, parseOptions } from './daemon/options.js';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/** The daemon `tessera-metaserver`. */
function main(): void {
  const options = readOptions();
  const log = pino({ level: options.logLevel, base: { role: 'metaserver', pid: process.pid } }, stderr());
  // One line, then the end: whatever is running must not act on a state that is known to be wrong.
  const die = (error: unknown, message: string): never => {
    log.error({ err: isExpected(error) ? summary(error) : error }, message);
    process.exit(EXIT_FAILED);
  };
  process.on('uncaughtException', (error) => die(error, 'the metaserver has a bug and must stop; please report this'));
  process.on('unhandledRejection', (error) => die(error, 'the metaserver has a bug and must stop; please report this'));

  const realEnv = createRealEnv();
  const env = { ...realEnv, kv: createLevelEngine(), log };
  const started = startDaemon(env, options, {
    pid: process.pid,
    onFatal: (error) => die(error, 'the metaserver must stop'),
  });
  started.catch((error) => die(error, 'the metaserver cannot start'));

  let stopping = false;
  const stop = async (signal: string) => {
    // Who asks twice does not want to wait: what is acknowledged is durable, an unclean stop only costs start-up time.
    if (stopping) die(new TesseraError('CANCELLED', `got ${signal} while stopping`), 'the metaserver stops at once');
    stopping = true;
    log.info({ signal }, 'the metaserver is asked to stop');
    let daemon: Daemon;
    try {
      daemon = await started;
    } catch {
      return;
    }
    await daemon.stop().catch((error) => die(error, 'the metaserver did not stop cleanly'));
    realEnv.close();
    process.exit(0);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** Commander has said on stderr what was expected when it throws. */
function readOptions(): DaemonOptions {
  try {
    return parseOptions(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exit(error.exitCode === 0 ? 0 : EXIT_USAGE);
  }
}

/** Synchronous: the last line must be out before the process ends. */
function stderr() {
  return pino.destination({ fd: 2, sync: true });
}

function isExpected(error: unknown): error is Error & { code: string } {
  return (
    error instanceof TesseraError ||
    error instanceof DiskError ||
    error instanceof NetworkError ||
    error instanceof KvError
  );
}

/** An expected failure needs no stack: its message says what to do. */
function summary({ name, code, message }: Error & { code: string }): object {
  return { type: name, code, message };
}

main();
