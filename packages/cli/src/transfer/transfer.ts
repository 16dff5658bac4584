import { inParallel, TesseraError } from '@tessera/client';
import type { Context } from '../context.js';
import { ExitCode, exitCodeOf } from '../exit-code.js';
import { toTesseraError } from '../report-error.js';
import { HardLinks } from './hard-links.js';
import { BYTES_IN_FLIGHT_MAX, LOOKS_IN_FLIGHT_MAX, STREAM_BYTES, UNAVAILABLE_IN_A_ROW_MAX } from './limits.js';
import { type PathFilter, pathFilter } from './path-filter.js';
import { planStep, replaceOrRefuse } from './plan.js';
import type { Copied, Route } from './route.js';
import type { AttributeChanges } from './side.js';
import { filterRules, type TransferOptions } from './transfer-options.js';
import type { TransferReport } from './transfer-report.js';
import type { TreeNode } from './tree-node.js';
import { followed, type Walked, walk } from './walk.js';

export interface TransferRun extends TransferOptions {
  recursive: boolean;
  replace: boolean;
  /** Make missing parents of the destination. */
  parents: boolean;
}

/** A file or link, and what has its name at the destination. */
type Looked = { node: TreeNode; there: TreeNode | undefined } | { relative: string; error: unknown };

/** Nothing more can be transferred for now. */
export class ClusterLost extends TesseraError {}

/** Brings a file or a tree along a route. Failures of single files are reported; the others go on. */
export class Transfer {
  readonly #context: Context;
  readonly #route: Route;
  readonly #run: TransferRun;
  readonly #report: TransferReport;
  readonly filter: PathFilter;
  readonly #keepLinks: boolean;
  readonly #keepMode: boolean;
  readonly #keepOwner: boolean;
  readonly #hardLinks: HardLinks | undefined;
  #unavailable = 0;
  #ended = false;

  constructor(context: Context, route: Route, run: TransferRun, report: TransferReport) {
    this.#context = context;
    this.#route = route;
    this.#run = run;
    this.#report = report;
    this.filter = pathFilter(filterRules(run));
    this.#keepLinks = run.preserve?.includes('links') ?? false;
    this.#keepMode = run.preserve?.includes('mode') ?? false;
    this.#keepOwner = run.preserve?.includes('owner') ?? false;
    this.#hardLinks = run.preserve?.includes('hard-links') ? new HardLinks() : undefined;
  }

  /** @throws TesseraError when nothing of it can be done; ClusterLost */
  async start(): Promise<void> {
    const { signal } = this.#context;
    const root = await requireRoot(this.#route, this.#run);
    const counting = this.#countAhead(root);
    try {
      const looked = inParallel(this.#walk(root), { itemsMax: LOOKS_IN_FLIGHT_MAX }, (walked) => this.#look(walked));
      const limits = { itemsMax: this.#run.jobs, bytesMax: BYTES_IN_FLIGHT_MAX, bytesOf: heldBytes };
      for await (const _ of inParallel(looked, limits, (one) => this.#transfer(one))) signal.throwIfAborted();
    } finally {
      this.#ended = true;
      await counting;
    }
    signal.throwIfAborted();
    if (root.kind === 'directory' && !this.#run.dryRun) await this.#setDirectoryAttributes(root);
  }

  /** For who watches: what there is to do, in a walk of its own. */
  async #countAhead(root: TreeNode): Promise<void> {
    const tally = this.#report.counter;
    if (tally === undefined) return;
    tally.startCounting();
    const { signal } = this.#context;
    const options = { filter: this.filter, keepLinks: this.#keepLinks, signal, enter: async () => ({ fresh: true }) };
    try {
      if (root.kind !== 'directory') tally.addFound(root.bytes);
      else {
        for await (const walked of walk(this.#route.source, root, options)) {
          tally.addFound('error' in walked ? 0 : walked.node.bytes);
          if (this.#ended) break;
        }
      }
    } catch {
      // What fails here fails the transfer as well, which tells it.
    } finally {
      tally.endCounting();
    }
  }

  async *#walk(root: TreeNode): AsyncGenerator<Walked> {
    if (root.kind !== 'directory') {
      yield { node: await followed(this.#route.source, root, this.#keepLinks), fresh: false };
      return;
    }
    const { signal } = this.#context;
    const enter = (directory: TreeNode) => this.#enter(directory);
    yield* walk(this.#route.source, root, { filter: this.filter, keepLinks: this.#keepLinks, signal, enter });
  }

  async #enter({ relative, mode }: TreeNode): Promise<{ fresh: boolean }> {
    const { destination } = this.#route;
    if (this.#run.dryRun) {
      const there = await destination.look(relative, { follow: relative === '' });
      if (there !== undefined && there.kind !== 'directory') {
        throw new TesseraError('NOT_A_DIRECTORY', `${destination.path(relative)} is not a directory`);
      }
      return { fresh: there === undefined };
    }
    const parents = relative === '' && this.#run.parents;
    const options = { parents, mode: this.#keepMode ? mode : undefined };
    return { fresh: await destination.makeDirectory(relative, options) };
  }

  async #look(walked: Walked): Promise<Looked> {
    if ('error' in walked) return walked;
    const { node, fresh } = walked;
    try {
      return { node, there: fresh ? undefined : await this.#route.destination.look(node.relative) };
    } catch (error) {
      return { relative: node.relative, error };
    }
  }

  async #transfer(looked: Looked): Promise<void> {
    const { signal } = this.#context;
    const relative = 'error' in looked ? looked.relative : looked.node.relative;
    try {
      if ('error' in looked) throw looked.error;
      const { node, there } = looked;
      const bring = () => this.#bring(node, there);
      await (this.#hardLinks?.bring(node, bring, (first) => this.#name(node, there, first)) ?? bring());
      this.#unavailable = 0;
    } catch (error) {
      signal.throwIfAborted();
      // What was under way when the run gave up is told by that.
      if (this.#ended) return;
      this.#report.failed(relative, error);
      this.#giveUpWhenUnavailable(error);
    }
  }

  async #bring(node: TreeNode, there: TreeNode | undefined): Promise<void> {
    const { source, destination } = this.#route;
    const step = planStep(node, there, destination.path(node.relative), {
      replace: this.#run.replace,
      checksum: this.#run.checksum ?? false,
    });
    if (step === 'leave' || (step === 'compare' && (await this.#isEqual(node)))) {
      await this.#leave(node, there);
      return;
    }
    if (step === 'compare') replaceOrRefuse(destination.path(node.relative), { ...this.#run, checksum: true });
    if (this.#run.dryRun) {
      this.#report.stored(node, { bytes: node.bytes });
    } else if (node.kind === 'symlink') {
      const target = await source.readLink(node.relative);
      await destination.makeLink(node.relative, target, { replace: there !== undefined });
      await this.#own(node);
      this.#report.linked(node, target);
    } else {
      await this.#copy(node);
    }
  }

  /** Makes it one more name of what came first under another one. */
  async #name(node: TreeNode, there: TreeNode | undefined, first: string): Promise<void> {
    const { source, destination } = this.#route;
    if (there !== undefined) {
      const other = await destination.look(first);
      if (there.file !== undefined && there.file === other?.file) return this.#report.unchanged(node);
      if (there.kind === 'directory')
        planStep(node, there, destination.path(node.relative), { ...this.#run, checksum: true });
      replaceOrRefuse(destination.path(node.relative), { ...this.#run, checksum: true });
    }
    if (!this.#run.dryRun) {
      await destination.makeHardLink(node.relative, first, { replace: there !== undefined });
      this.#report.moved(node.bytes);
    }
    this.#report.linked(node, source.path(first));
  }

  /** What is new is root's. */
  async #own({ relative, uid = 0, gid = 0 }: TreeNode): Promise<void> {
    if (!this.#keepOwner || (uid === 0 && gid === 0)) return;
    await this.#route.destination.setAttributes(relative, { uid, gid });
  }

  /** What is there is the same; at most its time and mode are not. */
  async #leave(node: TreeNode, there: TreeNode | undefined): Promise<void> {
    const changes: AttributeChanges = {};
    if (this.#run.checksum && node.modifiedNs !== there?.modifiedNs) changes.modifiedNs = node.modifiedNs;
    if (this.#keepMode && node.mode !== there?.mode) changes.mode = node.mode;
    if (this.#keepOwner && (node.uid !== there?.uid || node.gid !== there?.gid)) {
      Object.assign(changes, { uid: node.uid, gid: node.gid, mode: changes.mode ?? there?.mode });
    }
    const isFile = node.kind === 'file';
    if (isFile && Object.keys(changes).length > 0 && !this.#run.dryRun) {
      await this.#route.destination.setAttributes(node.relative, changes);
    }
    this.#report.unchanged(node);
  }

  async #isEqual({ relative, kind }: TreeNode): Promise<boolean> {
    const { source, destination } = this.#route;
    const read = kind === 'symlink' ? 'readLink' : 'digest';
    const [one, other] = await Promise.all([source[read](relative), destination[read](relative)]);
    return one === other;
  }

  async #copy(node: TreeNode): Promise<void> {
    const { replace, parents: makeParents, verify = false, fsync = false } = this.#run;
    const { signal } = this.#context;
    const options = {
      replace,
      makeParents,
      keepMode: this.#keepMode,
      digest: verify,
      sync: fsync,
      sparse: this.#run.sparse ?? false,
      signal,
      moved: this.#report.moved,
    };
    const copied = await this.#route.copyFile(node, options);
    await this.#own(node);
    this.#report.stored(node, verify ? await this.#verified(node, copied) : copied);
  }

  /** @throws TesseraError CORRUPT */
  async #verified({ relative }: TreeNode, copied: Copied): Promise<Copied> {
    const { source, destination } = this.#route;
    const [sha256, found] = await Promise.all([copied.sha256 ?? source.digest(relative), destination.digest(relative)]);
    if (sha256 === found) return { ...copied, sha256 };
    // No later run may take it for the same.
    await destination.setAttributes(relative, { modifiedNs: 0n }).catch(() => {});
    throw new TesseraError(
      'CORRUPT',
      `${destination.path(relative)} reads back with SHA-256 ${found}, but ${source.path(relative)} has ${sha256}: ` +
        'transfer it again with --replace --checksum, and look at what lies between',
    );
  }

  /** In a walk of its own: what is made in a directory changes its time, and takes the right to write. */
  async #setDirectoryAttributes(root: TreeNode): Promise<void> {
    const keepTimes = this.#run.preserve?.includes('times') ?? false;
    if (!keepTimes && !this.#keepMode && !this.#keepOwner) return;
    const { source, destination } = this.#route;
    const { signal } = this.#context;
    const pending = [root];
    for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
      signal.throwIfAborted();
      const { relative, modifiedNs, mode, uid = 0, gid = 0 } = directory;
      const changes = {
        ...(keepTimes && { modifiedNs }),
        ...(this.#keepMode && { mode }),
        ...(this.#keepOwner && { uid, gid }),
      };
      try {
        for await (const node of source.entries(relative)) {
          if (node.kind === 'directory' && this.filter(node)) pending.push(node);
        }
        await destination.setAttributes(relative, changes);
      } catch (error) {
        signal.throwIfAborted();
        this.#report.failed(relative, error);
      }
    }
  }

  #giveUpWhenUnavailable(error: unknown): void {
    const { code } = toTesseraError(error);
    this.#unavailable = exitCodeOf(code) === ExitCode.UNAVAILABLE ? this.#unavailable + 1 : 0;
    if (this.#unavailable < UNAVAILABLE_IN_A_ROW_MAX) return;
    throw new ClusterLost(
      code,
      `${UNAVAILABLE_IN_A_ROW_MAX} files in a row could not be transferred, so the rest was not tried; the same command ` +
        'goes on from here once the cluster is back',
      { cause: error },
    );
  }
}

async function requireRoot({ source, destination }: Route, { recursive }: TransferRun): Promise<TreeNode> {
  const root = await source.look('', { follow: true });
  if (root === undefined) throw new TesseraError('NOT_FOUND', `${source.path('')} does not exist`);
  if (root.kind === 'directory' && !recursive) {
    throw new TesseraError('IS_A_DIRECTORY', `${source.path('')} is a directory`);
  }
  if (root.kind !== 'directory' && (await destination.look(''))?.kind === 'directory') {
    throw new TesseraError('IS_A_DIRECTORY', `${destination.path('')} is a directory, where a file is to go`);
  }
  return root;
}

function heldBytes(looked: Looked): number {
  return 'error' in looked ? 0 : Math.min(looked.node.bytes, STREAM_BYTES);
}
