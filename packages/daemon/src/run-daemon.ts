import { CONFIG_FILE_BYTES_MAX, configurationFailure, type Given } from '@tessera/config';
import { createRealEnv, DiskError, type Log, type RealEnv, readSmallFile } from '@tessera/env';
import { createLevelEngine, KvError } from '@tessera/kv';
import { TesseraError } from '@tessera/protocol';
import { createLog } from './log.js';

const EXIT_FAILED = 1;

export interface RunningDaemon {
  /** Stops cleanly. */
  stop(): Promise<void>;
}

/** What one daemon differs in from the others. `Options` are what it was asked to do. */
export interface DaemonProgram<Options extends { directory: string; logLevel: string }> {
  /** For the log: `metaserver`. */
  role: string;
  /** @throws what `configurationFailure` reads */
  readOptions(given: Given): { values: Options; shown: string | undefined };
  start(
    env: RealEnv & { kv: ReturnType<typeof createLevelEngine>; log: Log },
    options: Options,
    process: { pid: number; onFatal(error: TesseraError): void },
  ): Promise<RunningDaemon>;
}

/**
 * The whole life of a daemon's process: reads its settings from flags, environment and config file, starts it, stops it on
 * SIGTERM and SIGINT, and ends with one line in the log and exit code 1 when it cannot go on.
 */
export function runDaemon<Options extends { directory: string; logLevel: string }>(
  program: DaemonProgram<Options>,
): void {
  const { role } = program;
  const options = configure(program);
  const log = createLog(role, options.logLevel);
  // One line, then the end: whatever is running must not act on a state that is known to be wrong.
  const die = (error: unknown, message: string): never => {
    log.error({ err: error }, message);
    process.exit(EXIT_FAILED);
  };
  const bug = (error: unknown) => die(error, `the ${role} has a bug and must stop; please report this`);
  process.on('uncaughtException', bug);
  process.on('unhandledRejection', bug);

  const realEnv = createRealEnv();
  const env = { ...realEnv, kv: createLevelEngine(), log };
  const started = program.start(env, options, {
    pid: process.pid,
    onFatal: (error) => die(error, `the ${role} must stop`),
  });
  started.catch((error) => die(error, `the ${role} cannot start${advice(error, options.directory)}`));

  let stopping = false;
  const stop = async (signal: string) => {
    // Who asks twice does not want to wait: what is acknowledged is durable, an unclean stop only costs start-up time.
    if (stopping) die(new TesseraError('CANCELLED', `got ${signal} while stopping`), `the ${role} stops at once`);
    stopping = true;
    log.info({ signal }, `the ${role} is asked to stop`);
    let daemon: RunningDaemon;
    try {
      daemon = await started;
    } catch {
      return;
    }
    await daemon.stop().catch((error) => die(error, `the ${role} did not stop cleanly`));
    realEnv.close();
    process.exit(0);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** What flags, environment and config file say. Ends the process when they are wrong, or only asked for. */
function configure<Options>({
  readOptions,
}: {
  readOptions(given: Given): { values: Options; shown: string | undefined };
}): Options {
  try {
    const { values, shown } = readOptions({
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
function advice(error: unknown, directory: string): string {
  const aboutFiles =
    (error instanceof DiskError && error.code !== 'IO' && error.code !== 'NO_SPACE') ||
    (error instanceof KvError && error.code === 'IO');
  if (!aboutFiles) return '';
  return `; make ${directory} a directory that user ${process.getuid?.() ?? '?'} can write to, or choose another with --dir`;
}
