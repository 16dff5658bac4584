import type { Draw } from '../draw.js';
import type { DirectoryPlan, WorkloadPlan } from '../plan.js';
import type { Books } from '../workload/books.js';
import { CoWriter, makeSharedFile } from '../workload/co-writer.js';
import { Lane } from '../workload/lane.js';
import { OPERATION_WEIGHTS } from '../workload/operations/operations.js';
import { makeArena, Rival } from '../workload/rival.js';
import { Succession } from '../workload/succession.js';
import type { Territory } from '../workload/territory.js';
import type { Worker } from '../workload/worker.js';
import { askSharedFileRemotely } from './client/remote-client.js';

/** Its clients answer from other processes and have not every call of the SDK: misuses, and reads through one handle, are the simulator's. */
const WEIGHTS = { ...OPERATION_WEIGHTS, misuse: 0, readOn: 0 };

/** What the clients do in one round, below a directory of its own: as in the simulator, until it is told to end. */
export class Work {
  readonly root: string;
  readonly workers: readonly Worker[];
  readonly lanes: readonly Lane[];
  readonly arenas: Succession<Awaited<ReturnType<typeof makeArena>>>;
  readonly sharedFiles: Succession<Awaited<ReturnType<typeof makeSharedFile>>>;
  readonly #plan: WorkloadPlan;
  readonly #others: readonly { run(): Promise<void> }[];
  #isOver = false;

  constructor(
    root: string,
    workers: readonly Worker[],
    books: Books,
    plan: WorkloadPlan,
    drawOf: (name: string) => Draw,
  ) {
    this.root = root;
    this.workers = workers;
    // The lanes look at it before each operation.
    this.#plan = { ...plan };
    this.arenas = new Succession((worker, index) => makeArena(worker, `${root}/rivals-${index}`));
    this.sharedFiles = new Succession((worker, index) => makeSharedFile(worker, `${root}/shared-${index}`));
    const workerOf = (index: number) => workers[index % workers.length] as Worker;
    const { thinkMsMax, directories } = plan;
    this.lanes = Array.from({ length: plan.lanes }, (_, index) => {
      return new Lane({
        name: `lane-${index}`,
        worker: workerOf(index),
        draw: drawOf(`lane ${index}`),
        books,
        plan: this.#plan,
        parent: this.directoryOf(index % directories.length),
        directory: directories[index % directories.length] as DirectoryPlan,
        weights: WEIGHTS,
      });
    });
    const common = { books, thinkMsMax, goesOn: () => !this.#isOver };
    this.#others = [
      ...Array.from({ length: plan.rivals }, (_, index) => {
        return new Rival({ ...common, worker: workerOf(index), draw: drawOf(`rival ${index}`), arenas: this.arenas });
      }),
      ...Array.from({ length: plan.coWriters }, (_, index) => {
        const draw = drawOf(`co-writer ${index}`);
        return new CoWriter({
          ...common,
          worker: workerOf(index),
          draw,
          files: this.sharedFiles,
          act: askSharedFileRemotely,
        });
      }),
    ];
  }

  /** Everything that lanes have to themselves. */
  get territories(): Territory[] {
    return this.lanes.flatMap((lane) => lane.territories);
  }

  get directories(): readonly DirectoryPlan[] {
    return this.#plan.directories;
  }

  /** Where the lanes of a directory plan lie. */
  directoryOf(index: number): string {
    return `${this.root}/d${index}`;
  }

  /** Makes the directories, whatever the cluster goes through. @throws OracleViolation */
  async prepare(): Promise<void> {
    const worker = this.workers[0] as Worker;
    const { sharedRedundancy } = this.#plan;
    await worker.insist(`making ${this.root}`, async (client) => {
      await client.mkdir(this.root, { parents: true, layout: { redundancy: sharedRedundancy } });
      return true;
    });
    for (const [index, layout] of this.#plan.directories.entries()) {
      const directory = this.directoryOf(index);
      await worker.insist(`making ${directory}`, async (client) => {
        await client.mkdir(directory, { parents: true, layout: { ...layout } });
        return true;
      });
    }
  }

  /** Resolves when everybody has ended. @throws OracleViolation */
  async run(): Promise<void> {
    await Promise.all([...this.lanes, ...this.#others].map((one) => one.run()));
  }

  /** Nobody begins another operation. */
  end(): void {
    this.#isOver = true;
    this.#plan.operationsPerLane = 0;
  }
}
