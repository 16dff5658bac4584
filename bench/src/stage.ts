import { statfs } from 'node:fs/promises';
import { type BenchCluster, startBenchCluster } from './bench-cluster.js';
import { type CeilingRig, startCeilingRig } from './ceiling/rig.js';
import { Contents } from './contents.js';
import type { Interruption } from './interruption.js';
import { CHUNKSERVERS } from './layouts.js';
import type { Profiler } from './profile/profiler.js';
import { WARM_UP, WARM_UP_QUICK, warmCeiling, warmCluster } from './warm-up.js';

/** What a cluster may write before a fresh one takes its place: nothing collects garbage yet. */
const STAGE_BYTES_MAX = 24 * 2 ** 30;

/** A warm cluster beside a warm ceiling of as many servers, in one directory. */
export interface Stage {
  cluster: BenchCluster;
  rig: CeilingRig;
  contents: Contents;
  /** A directory that no phase had before. */
  freshDirectory(): string;
}

export interface StageOptions {
  directory: string;
  isQuick: boolean;
  profiler: Profiler;
  interruption: Interruption;
  progress(message: string): void;
}

/** Hands one stage to all cases, and a fresh one when it is used up. */
export class StagePool {
  readonly #options: StageOptions;
  readonly #contents = new Contents();
  #current: Stage | undefined;
  #availableAtStart = 0;
  #directories = 0;
  #forget: () => unknown = () => {};

  constructor(options: StageOptions) {
    this.#options = options;
  }

  async take(): Promise<Stage> {
    if (this.#current !== undefined && this.#availableAtStart - (await this.#available()) > STAGE_BYTES_MAX) {
      await this.retire();
    }
    if (this.#current === undefined) await this.#warm(await this.takeCold());
    return this.#current as Stage;
  }

  /** A fresh stage that nothing has warmed. */
  async takeCold(): Promise<Stage> {
    await this.retire();
    const { directory, profiler, interruption } = this.#options;
    this.#availableAtStart = await this.#available();
    const rig = await startCeilingRig(directory, CHUNKSERVERS, profiler);
    const forgetRig = interruption.add(() => rig.stop());
    const cluster = await startBenchCluster(directory, CHUNKSERVERS, profiler);
    const forgetCluster = interruption.add(() => cluster.stop());
    this.#forget = () => [forgetRig(), forgetCluster()];
    this.#current = {
      cluster,
      rig,
      contents: this.#contents,
      freshDirectory: () => `/directory-${this.#directories++}`,
    };
    return this.#current;
  }

  async retire(): Promise<void> {
    const stage = this.#current;
    this.#current = undefined;
    await stage?.cluster.stop();
    await stage?.rig.stop();
    this.#forget();
  }

  async #warm({ rig, cluster }: Stage): Promise<void> {
    const { isQuick, progress } = this.#options;
    const from = performance.now();
    const plan = isQuick ? WARM_UP_QUICK : WARM_UP;
    progress(`a cluster and the ceiling, each of ${CHUNKSERVERS} servers, warm up`);
    await warmCeiling(rig, CHUNKSERVERS, plan, this.#contents);
    await warmCluster(cluster.client, CHUNKSERVERS, plan, this.#contents);
    progress(`warm after ${Math.round((performance.now() - from) / 1000)} s`);
  }

  async #available(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#options.directory);
    return bavail * bsize;
  }
}
