import { type Client, connect } from '@tessera/client';
import type { LocalCluster, ProcessInfo } from '@tessera/client/local-cluster';
import type { ImageSet } from './images.js';
import { readBack } from './read-back.js';
import type { Step } from './step.js';
import { type Expected, storeImages } from './store-images.js';
import { mostNeeded } from './victims.js';

const REDUNDANCIES = ['rs-4-2', 'copies-3'] as const;
/** Both layouts survive the loss of any two servers. */
const KILLED = 2;

export interface TourResult {
  /** Where the images lie in the cluster. */
  directory: string;
  images: ImageSet;
  steps: Step[];
  /** Names of the chunkservers that were killed, and how long they took to serve again. */
  killed: string[];
  restartedMs: number;
  failures: string[];
}

/** Stores real images under two layouts, reads them, kills chunkservers, reads again, restarts them. */
export async function runTour(
  cluster: LocalCluster,
  images: ImageSet,
  signal: AbortSignal,
  progress: (text: string) => void,
): Promise<TourResult> {
  const client = await connect({ metaserver: cluster.metaserver, name: 'tessera-tour' });
  try {
    return await new Tour(cluster, client, images, signal, progress).run();
  } finally {
    await client.close();
  }
}

class Tour {
  readonly #cluster: LocalCluster;
  readonly #client: Client;
  readonly #images: ImageSet;
  readonly #signal: AbortSignal;
  readonly #progress: (text: string) => void;
  readonly #directory = `/tour/${new Date().toISOString().replace(/[:.]/g, '-')}`;
  readonly #expected: Expected = new Map();
  readonly #steps: Step[] = [];

  constructor(
    cluster: LocalCluster,
    client: Client,
    images: ImageSet,
    signal: AbortSignal,
    progress: (text: string) => void,
  ) {
    this.#cluster = cluster;
    this.#client = client;
    this.#images = images;
    this.#signal = signal;
    this.#progress = progress;
  }

  async run(): Promise<TourResult> {
    const { images, directory } = this.#images;
    this.#progress(`Storing ${images.length} files from ${directory} …`);
    for (const redundancy of REDUNDANCIES) await this.#store(redundancy);
    this.#progress('Reading them back …');
    for (const redundancy of REDUNDANCIES) await this.#read(redundancy, `read ${redundancy}`);
    const victims = await this.#victims();
    const names = victims.map(({ name }) => name);
    this.#progress(`Killing ${names.join(' and ')} (SIGKILL) and reading again …`);
    await Promise.all(names.map((name) => this.#cluster.kill(name)));
    for (const redundancy of REDUNDANCIES) {
      await this.#read(redundancy, `read ${redundancy}, ${names.length} killed`);
    }
    this.#progress(`Starting ${names.join(' and ')} again …`);
    const startedMs = performance.now();
    await Promise.all(names.map((name) => this.#cluster.restart(name)));
    return {
      directory: this.#directory,
      images: this.#images,
      steps: this.#steps,
      killed: names,
      restartedMs: performance.now() - startedMs,
      failures: this.#steps.flatMap(({ title, failures }) => failures.map((failure) => `${title}: ${failure}`)),
    };
  }

  async #store(redundancy: string): Promise<void> {
    const place = `${this.#directory}/${redundancy}`;
    const { images } = this.#images;
    this.#steps.push(await storeImages(this.#client, images, place, redundancy, this.#expected, this.#signal));
  }

  async #read(redundancy: string, title: string): Promise<void> {
    const place = `${this.#directory}/${redundancy}`;
    this.#steps.push(await readBack(this.#client, place, this.#expected, title, this.#signal));
  }

  async #victims(): Promise<ProcessInfo[]> {
    const { processes } = await this.#cluster.inspect();
    const chunkservers = processes.filter(({ role }) => role === 'chunkserver');
    return mostNeeded(this.#client, this.#expected.keys(), chunkservers, KILLED, this.#signal);
  }
}
