import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { TesseraError } from '@tessera/protocol';
import { ANY_PORT, type Member } from './cluster-file.js';
import { daemonCommand, dataDirectory, logFile } from './daemon.js';
import { logTail, openLog } from './daemon-log.js';
import { readEndpoint } from './endpoint.js';
import { freeAddress } from './free-address.js';
import { POLL_MS, START_MS_MAX } from './limits.js';

/** A daemon that was spawned and may not be ready yet. */
export interface StartingDaemon {
  pid: number;
  /** Resolves once it is ready, with the addresses it took. @throws TesseraError UNAVAILABLE with the log's end */
  ready: Promise<Pick<Member, 'listen' | 'health' | 'metrics'>>;
}

/** Starts a member; detached, it is in a process group of its own, which a Ctrl-C at the terminal does not reach. */
export async function startDaemon(
  directory: string,
  member: Member,
  metaserver: string | undefined,
  detached: boolean,
): Promise<StartingDaemon> {
  const listen = await freeAddress(member.listen);
  const health = await freeAddress(member.health);
  const metrics = await freeAddress(member.metrics);
  const command = daemonCommand(directory, { ...member, listen, health, metrics }, metaserver);
  const file = logFile(directory, member);
  const log = await openLog(file);
  try {
    const { size } = await log.stat();
    const child = spawn(process.execPath, command, { detached, stdio: ['ignore', log.fd, log.fd] });
    const ended = endOf(child);
    child.unref();
    if (child.pid === undefined) throw new TesseraError('UNAVAILABLE', `${member.name}: ${await ended}`);
    const ready = untilReady(dataDirectory(directory, member), member.name, child, ended, file, size);
    // Whoever awaits it sees the failure; until then it must not count as unhandled.
    ready.catch(() => {});
    return { pid: child.pid, ready };
  } finally {
    await log.close();
  }
}

/** How the process ended, in words. */
function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(`it cannot be run: ${error.message}`));
    child.once('exit', (code, signal) => resolve(signal === null ? `it exited with code ${code}` : `it got ${signal}`));
  });
}

async function untilReady(
  home: string,
  name: string,
  child: ChildProcess,
  ended: Promise<string>,
  log: string,
  logStart: number,
): Promise<Pick<Member, 'listen' | 'health' | 'metrics'>> {
  let end: string | undefined;
  void ended.then((how) => {
    end = how;
  });
  const deadline = performance.now() + START_MS_MAX;
  while (end === undefined && performance.now() < deadline) {
    const endpoint = await readEndpoint(home);
    if (endpoint?.pid === child.pid && endpoint !== undefined) {
      const { address, health, metrics = ANY_PORT } = endpoint;
      return { listen: address, health, metrics };
    }
    await sleep(POLL_MS);
  }
  if (end === undefined) {
    child.kill('SIGKILL');
    end = `it was not ready after ${START_MS_MAX / 1000} s`;
  }
  const tail = await logTail(log, logStart);
  throw new TesseraError(
    'UNAVAILABLE',
    [`${name} did not start: ${end}. Its log ${log} says:`, ...tail.map((line) => `  ${line}`)].join('\n'),
  );
}
