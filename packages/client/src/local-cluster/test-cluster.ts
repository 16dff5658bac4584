import { mkdtempSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ClusterInfo } from './inspect.js';
import { TEST_CHUNKSERVERS_DEFAULT } from './limits.js';
import { type LocalCluster, startLocalCluster as startIn } from './local-cluster.js';

/** How large a cluster for tests is, and where. */
export interface TestClusterOptions {
  /** Chunkservers host-1 … host-N, each a failure domain of its own, 1 to 64; default 6. */
  chunkservers?: number;
  /** Where its data stays after `stop`; default: a temporary directory, removed by `stop`. */
  directory?: string;
}

/** One metaserver and several chunkservers, each a process on a free port of 127.0.0.1. */
export interface TestCluster {
  /** host:port to give to `connect`. */
  readonly metaserver: string;
  /** Holds the daemons' data, and their logs in `logs/`. */
  readonly directory: string;
  /** Ends a daemon as a crash would (SIGKILL): `metaserver`, `chunkserver-1`, … @throws TesseraError NOT_FOUND */
  kill(name: string): Promise<void>;
  /** Starts a killed daemon again and resolves once it serves. @throws TesseraError NOT_FOUND, UNAVAILABLE */
  restart(name: string): Promise<void>;
  /** What runs now, and each daemon's log file. */
  inspect(): Promise<ClusterInfo>;
  /** Ends all of it. Calling it again does nothing. */
  stop(): Promise<void>;
}

/**
 * Starts a cluster for tests and resolves once all its chunkservers are up; this takes a few seconds. It needs the
 * packages `@tessera/metaserver` and `@tessera/chunkserver`. Its processes end with `stop`, at the latest with the
 * process that called this, unless that one is killed by SIGKILL.
 * @throws TesseraError NOT_FOUND when a daemon's package is not installed; INVALID_ARGUMENT; UNAVAILABLE with the end
 * of the log when a daemon does not start
 */
export async function startLocalCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  const directory = options.directory ?? mkdtempSync(path.join(tmpdir(), 'tessera-test-'));
  const isTemporary = options.directory === undefined;
  try {
    const chunkservers = options.chunkservers ?? (isTemporary ? TEST_CHUNKSERVERS_DEFAULT : undefined);
    const size = chunkservers === undefined ? {} : { chunkservers };
    return asTestCluster(await startIn({ directory, ...size, detached: false }), isTemporary);
  } catch (error) {
    if (isTemporary) await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

function asTestCluster(cluster: LocalCluster, isTemporary: boolean): TestCluster {
  const { metaserver, directory } = cluster;
  const onExit = () => {
    cluster.killNow();
    if (isTemporary) rmSync(directory, { recursive: true, force: true });
  };
  process.once('exit', onExit);
  let stopped: Promise<void> | undefined;
  const stop = async () => {
    await cluster.stop();
    if (isTemporary) await rm(directory, { recursive: true, force: true });
    process.off('exit', onExit);
  };
  return {
    metaserver,
    directory,
    kill: (name) => cluster.kill(name),
    restart: (name) => cluster.restart(name),
    inspect: () => cluster.inspect(),
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}
