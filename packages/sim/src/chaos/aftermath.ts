import type { Draw } from '../draw.js';
import { OracleViolation } from '../oracle/violation.js';
import type { DirectoryPlan } from '../plan.js';
import { checkSnapshot, checkUnchanged, type Snapshot, takeSnapshot } from '../verify/snapshot.js';
import { checkTotals, walkAll } from '../verify/totals.js';
import { Actor } from '../workload/actor.js';
import type { Books } from '../workload/books.js';
import { CoWriter } from '../workload/co-writer.js';
import { contentOf } from '../workload/content.js';
import { getAt } from '../workload/operations/get.js';
import { putContent } from '../workload/operations/put.js';
import { Territory } from '../workload/territory.js';
import type { Worker } from '../workload/worker.js';
import type { Work } from './work.js';

/** Files that each lane reads again. */
const FILES_READ_MAX = 10;
/** A client that met trouble trusts its servers again within this. */
const TRUST_MS_MAX = 60_000;
const TRUST_POLL_MS = 1_000;

/** What is looked at once faults have stopped, with the oracles of the simulator. */
export class RealAftermath {
  readonly #books: Books;
  /** By territory root. */
  readonly #snapshots = new Map<string, Snapshot>();
  readonly #works: Work[] = [];
  readonly #added: Territory[] = [];
  files = 0;

  constructor(books: Books) {
    this.#books = books;
  }

  /** Histories of several clients that could not be judged. */
  get undecided(): number {
    const shared = this.#works.flatMap(({ arenas, sharedFiles }) => [...arenas.all, ...sharedFiles.all]);
    return shared.reduce((sum, { undecided }) => sum + undecided, 0);
  }

  /** The clients that went through it all find their files and put new ones. @throws OracleViolation */
  async clientsGoOn(work: Work): Promise<void> {
    this.#works.push(work);
    await Promise.all(work.workers.map((worker) => worker.connect()));
    await Promise.all(
      work.lanes.map(async ({ territories, worker }) => {
        const territory = territories.at(-1);
        if (territory) await this.#readOn(territory, worker);
      }),
    );
    for (const worker of work.workers) {
      for (const [index, directory] of work.directories.entries()) {
        await this.#putOn(worker, work.directoryOf(index), directory);
      }
    }
  }

  /** Another client reads what a round left, or all rounds: it is what may be, and what the last look found. */
  async look(verifier: Worker, work: Work | 'everything', draw: Draw): Promise<void> {
    const { client } = verifier;
    const works = work === 'everything' ? this.#works : [work];
    const territories = works.flatMap((one) => one.territories);
    for (const territory of [
      ...territories,
      ...this.#added.filter(({ root }) => works.some((one) => isIn(one, root))),
    ]) {
      const snapshot = await takeSnapshot(client, territory);
      const before = this.#snapshots.get(territory.root);
      if (before) checkUnchanged(before, snapshot, territory.root);
      checkSnapshot(snapshot, territory, this.#books);
      this.#snapshots.set(territory.root, withoutContent(snapshot));
    }
    for (const { arenas, sharedFiles } of works) {
      for (const arena of arenas.all) {
        await arena.look(client, verifier.host, this.#books.nowMs);
        arena.check();
      }
      await this.#lookAtSharedFiles(verifier, sharedFiles, draw);
    }
    const walked = await walkAll(client);
    checkTotals(await client.clusterStatus(), walked);
    this.files = walked.files;
  }

  async #lookAtSharedFiles(worker: Worker, files: Work['sharedFiles'], draw: Draw): Promise<void> {
    const reader = new CoWriter({ worker, books: this.#books, draw, files, goesOn: () => false, thinkMsMax: 0 });
    for (const file of files.all) {
      await reader.look(file);
      file.check();
    }
  }

  async #readOn(territory: Territory, worker: Worker): Promise<void> {
    const actor = new Actor({ worker, books: this.#books, territory, mayFail: false });
    const paths = [...territory.worlds.someTree().nodes()].filter(([, { kind }]) => kind === 'file');
    for (const [path] of paths.slice(0, FILES_READ_MAX)) await getAt(actor, path, {}, false);
  }

  /** A client leaves a server alone for a while after it failed: until then it may have to do with less parity. */
  async #putOn(worker: Worker, parent: string, directory: DirectoryPlan): Promise<void> {
    const territory = new Territory(`${parent}/after-${this.#added.length}`, directory);
    this.#added.push(territory);
    await worker.client.mkdir(territory.root);
    const actor = new Actor({ worker, books: this.#books, territory, mayFail: false });
    const giveUpMs = this.#books.nowMs() + TRUST_MS_MAX;
    for (let index = 0; ; index++) {
      const tag = this.#books.newContent(2 * directory.segmentBytes + 1);
      const path = `file-${index}`;
      const mutation = { type: 'put', path, tag, replace: false } as const;
      const result = await putContent(actor, mutation, contentOf(tag), { replace: false });
      await getAt(actor, path, {}, false);
      if (result?.protection === 'full' || result?.protection === 'narrowed') return;
      if (this.#books.nowMs() > giveUpMs) {
        throw new OracleViolation(
          `puts into ${territory.root} are degraded though every server has been up for ${TRUST_MS_MAX} ms: ${result?.detail}`,
        );
      }
      await worker.rest(TRUST_POLL_MS);
    }
  }
}

function isIn({ root }: Work, path: string): boolean {
  return path.startsWith(`${root}/`);
}

/** What later snapshots are compared with: contents are made anew. */
function withoutContent(snapshot: Snapshot): Snapshot {
  return new Map([...snapshot].map(([path, { attributes }]) => [path, { attributes }]));
}
