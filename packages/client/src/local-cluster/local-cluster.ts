import { mkdir } from 'node:fs/promises';
import { TesseraError } from '@tessera/protocol';
import { awaitRegistration } from './await-registration.js';
import { canonicalDirectory } from './canonical-directory.js';
import {
  type ClusterFile,
  type Member,
  newChunkserver,
  newCluster,
  readClusterFile,
  writeClusterFile,
} from './cluster-file.js';
import { withClusterLock } from './cluster-lock.js';
import { identityWords } from './daemon.js';
import { type ClusterInfo, inspectCluster, inspectMember } from './inspect.js';
import { CHUNKSERVERS_DEFAULT, CHUNKSERVERS_MAX } from './limits.js';
import { isProcess, isProcessNow, processExists } from './process-identity.js';
import { startDaemon } from './start-daemon.js';
import { killDaemon, stopDaemon } from './stop-daemon.js';

/** Where a local cluster is, and how large. */
export interface LocalClusterOptions {
  /** Holds everything: cluster.json, logs/, one data directory for each daemon. */
  directory: string;
  /** Default: as many as there are, in a new cluster 8. */
  chunkservers?: number;
  /**
   * Whether its processes are out of reach of a Ctrl-C at the terminal of the one that starts them; default true.
   */
  detached?: boolean;
}

/** A cluster of real processes on this machine. They outlive this object; `stop` ends them. */
export class LocalCluster {
  /** Holds everything of the cluster; an absolute path without links. */
  readonly directory: string;
  readonly #file: ClusterFile;
  /** Names of the daemons that `startLocalCluster` had to start. */
  readonly started: string[] = [];

  readonly #detached: boolean;

  /** For this module: applications use `startLocalCluster` and `openLocalCluster`. @internal */
  constructor(directory: string, file: ClusterFile, detached = true) {
    this.directory = directory;
    this.#file = file;
    this.#detached = detached;
  }

  /** host:port of the metaserver. */
  get metaserver(): string {
    return this.#metaserver.listen;
  }

  /** Process ids, the metaserver's first. */
  pids(): number[] {
    return this.#file.members.map(({ pid }) => pid);
  }

  /** Kills (SIGKILL) what still runs, at once: for a process that exits and can wait for nothing. */
  killNow(): void {
    for (const member of this.#file.members) {
      if (isProcessNow(member.pid, identityWords(this.directory, member))) process.kill(member.pid, 'SIGKILL');
    }
  }

  /** What runs now, and each daemon's log file. */
  inspect(): Promise<ClusterInfo> {
    return inspectCluster(this.directory);
  }

  /** Starts every daemon that does not run and waits until the metaserver sees all chunkservers up. */
  start(): Promise<void> {
    return withClusterLock(this.directory, async () => {
      try {
        if (await this.#isDown(this.#metaserver)) await this.#launch([this.#metaserver]);
        await this.#stopAstray();
        await this.#launch(await this.#down(this.#chunkservers));
        await this.#registered(this.#chunkservers);
      } catch (error) {
        await this.#stopMembers(this.#file.members.filter(({ name }) => this.started.includes(name)));
        await this.#save();
        throw error;
      }
    });
  }

  /** Ends a daemon with SIGKILL, as a crash would. */
  async kill(name: string): Promise<void> {
    await killDaemon(this.directory, this.#member(name));
  }

  /** Starts a daemon that was killed, on the same address where possible, and waits until it serves again. */
  restart(name: string): Promise<void> {
    return withClusterLock(this.directory, async () => {
      const member = this.#member(name);
      await this.#launch(await this.#down([member]));
      await this.#registered(member.role === 'chunkserver' ? [member] : this.#chunkservers);
    });
  }

  /** Stops all daemons cleanly, the metaserver last. Answers the names of those that had to be killed. */
  stop(): Promise<string[]> {
    return withClusterLock(this.directory, async () => {
      const killed = await this.#stopMembers(this.#file.members);
      this.#file.servedBy = 0;
      await this.#save();
      return killed;
    });
  }

  /** Whether another process serves this cluster in the foreground, and will stop it with its Ctrl-C. */
  isServed(): boolean {
    const startedAll = this.started.length === this.#file.members.length;
    return !startedAll && this.#file.servedBy !== process.pid && processExists(this.#file.servedBy);
  }

  /** Writes down which process serves the cluster in the foreground; 0 = none. */
  async setServedBy(pid: number): Promise<void> {
    this.#file.servedBy = pid;
    await this.#save();
  }

  get #metaserver(): Member {
    return this.#file.members.find(({ role }) => role === 'metaserver') as Member;
  }

  get #chunkservers(): Member[] {
    return this.#file.members.filter(({ role }) => role === 'chunkserver');
  }

  #member(name: string): Member {
    const member = this.#file.members.find((candidate) => candidate.name === name);
    if (member === undefined) {
      const names = this.#file.members.map((candidate) => candidate.name).join(', ');
      throw new TesseraError('NOT_FOUND', `the local cluster has no '${name}'; it has ${names}`);
    }
    return member;
  }

  async #isDown(member: Member): Promise<boolean> {
    const { state, pid, address, health, metrics } = await inspectMember(this.directory, member);
    if (state === 'starting') await stopDaemon(this.directory, member);
    if (state !== 'running') return true;
    member.pid = pid ?? member.pid;
    member.listen = address ?? member.listen;
    member.health = health ?? member.health;
    member.metrics = metrics ?? member.metrics;
    return false;
  }

  async #down(members: readonly Member[]): Promise<Member[]> {
    const down = await Promise.all(members.map((member) => this.#isDown(member)));
    return members.filter((_, index) => down[index]);
  }

  /** A chunkserver that was started for another metaserver address looks for it in vain: it is started again. */
  async #stopAstray(): Promise<void> {
    const words = ['--metaserver', this.metaserver];
    for (const member of this.#chunkservers) {
      if (!(await this.#isDown(member)) && !(await isProcess(member.pid, words))) {
        await stopDaemon(this.directory, member);
      }
    }
  }

  async #launch(members: readonly Member[]): Promise<void> {
    const starting = await Promise.all(
      members.map(async (member) => {
        const metaserver = member.role === 'chunkserver' ? this.metaserver : undefined;
        const daemon = await startDaemon(this.directory, member, metaserver, this.#detached);
        member.pid = daemon.pid;
        this.started.push(member.name);
        return { member, daemon };
      }),
    );
    // Whoever looks now finds the processes, also when this command is killed before they are ready.
    await this.#save();
    const outcomes = await Promise.allSettled(
      starting.map(async ({ member, daemon }) => Object.assign(member, await daemon.ready)),
    );
    await this.#save();
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async #registered(chunkservers: readonly Member[]): Promise<void> {
    await awaitRegistration(
      this.metaserver,
      chunkservers.map(({ listen }) => listen),
    );
  }

  async #stopMembers(members: readonly Member[]): Promise<string[]> {
    const stop = async (member: Member) => {
      const result = await stopDaemon(this.directory, member);
      member.pid = 0;
      return result === 'killed' ? [member.name] : [];
    };
    const killed = await Promise.all(members.filter(({ role }) => role === 'chunkserver').map(stop));
    for (const member of members.filter(({ role }) => role === 'metaserver')) killed.push(await stop(member));
    return killed.flat();
  }

  #save(): Promise<void> {
    return writeClusterFile(this.directory, this.#file);
  }
}

/** Makes the cluster if there is none, starts what does not run, and waits until all chunkservers are up. */
export async function startLocalCluster(options: LocalClusterOptions): Promise<LocalCluster> {
  const { chunkservers } = options;
  checkCount(chunkservers);
  await mkdir(options.directory, { recursive: true });
  const directory = canonicalDirectory(options.directory);
  const file = (await readClusterFile(directory)) ?? newCluster(chunkservers ?? CHUNKSERVERS_DEFAULT);
  const present = file.members.filter(({ role }) => role === 'chunkserver').length;
  if (chunkservers !== undefined && chunkservers < present) {
    throw new TesseraError(
      'INVALID_ARGUMENT',
      `the local cluster in ${directory} has ${present} chunkservers that hold data; it cannot shrink to ${chunkservers}`,
    );
  }
  for (let index = present + 1; index <= (chunkservers ?? present); index += 1)
    file.members.push(newChunkserver(index));
  const cluster = new LocalCluster(directory, file, options.detached);
  await cluster.start();
  return cluster;
}

/** The cluster in `directory` as it is. @throws TesseraError NOT_FOUND */
export async function openLocalCluster(directory: string): Promise<LocalCluster> {
  const file = await readClusterFile(directory);
  if (file === undefined) {
    throw new TesseraError('NOT_FOUND', `there is no local cluster in ${directory}; make one with 'tessera up'`);
  }
  return new LocalCluster(directory, file);
}

function checkCount(chunkservers: number | undefined): void {
  if (chunkservers === undefined) return;
  if (!Number.isInteger(chunkservers) || chunkservers < 1 || chunkservers > CHUNKSERVERS_MAX) {
    throw new TesseraError('INVALID_ARGUMENT', `${chunkservers} chunkservers: give 1 to ${CHUNKSERVERS_MAX}`);
  }
}
