import { inParallel, TesseraError } from '@tessera/client';
import type { Context } from '../context.js';
import { toTesseraError } from '../report-error.js';
import { LOOKS_IN_FLIGHT_MAX } from './limits.js';
import type { PathFilter } from './path-filter.js';
import type { Route } from './route.js';
import type { TransferOptions } from './transfer-options.js';
import type { TransferReport } from './transfer-report.js';
import type { TreeNode } from './tree-node.js';

export interface DeletionOptions extends TransferOptions {
  /** More than so many are not deleted, and then none is. */
  maxDelete?: number;
  /** An empty source may empty the destination. */
  allowEmpty?: boolean;
}

/** Deletes at the destination what the source does not have. What filters leave out is left alone. */
export class Deletion {
  readonly #context: Context;
  readonly #route: Route;
  readonly #filter: PathFilter;
  readonly #options: DeletionOptions;
  readonly #report: TransferReport;

  constructor(context: Context, route: Route, filter: PathFilter, options: DeletionOptions, report: TransferReport) {
    this.#context = context;
    this.#route = route;
    this.#filter = filter;
    this.#options = options;
    this.#report = report;
  }

  /** Before anything is done. @throws TesseraError NOT_EMPTY when the source is empty and the destination is not */
  async checkSource(): Promise<void> {
    const { source, destination } = this.#route;
    if (this.#options.allowEmpty || !(await isEmpty(source.entries('')))) return;
    const there = await destination.look('', { follow: true });
    if (there?.kind !== 'directory' || (await isEmpty(destination.entries('')))) return;
    throw new TesseraError(
      'NOT_EMPTY',
      `${source.path('')} is empty, so --delete would empty ${destination.path('')}: is something not mounted? ` +
        'If that is meant, pass --allow-empty',
    );
  }

  /** @throws TesseraError OUT_OF_RANGE when more would go than may, before any went */
  async run(): Promise<void> {
    const { maxDelete } = this.#options;
    const root = await this.#route.destination.look('', { follow: true });
    if (root?.kind !== 'directory') return;
    // Transfers take their time: the source may have been unmounted since.
    await this.checkSource();
    if (maxDelete !== undefined) await this.#count(maxDelete);
    await this.#clean('', false, (node) => this.#delete(node));
  }

  async #count(maxDelete: number): Promise<void> {
    let count = 0;
    await this.#clean('', false, async () => {
      if (++count <= maxDelete) return;
      throw new TesseraError(
        'OUT_OF_RANGE',
        `more than the ${maxDelete} of --max-delete are not in ${this.#route.source.path('')} any more: nothing was ` +
          'deleted; look with --dry-run',
      );
    });
  }

  /** Files and links of a directory at once, then its directories one by one, each before its name. */
  async #clean(directory: string, isGone: boolean, act: (node: TreeNode) => Promise<void>): Promise<void> {
    const { signal } = this.#context;
    const below: { node: TreeNode; missing: boolean }[] = [];
    const look = async (node: TreeNode) => {
      const missing = isGone || (await this.#route.source.look(node.relative)) === undefined;
      return { node, missing };
    };
    const looked = inParallel(this.#entries(directory), { itemsMax: LOOKS_IN_FLIGHT_MAX }, look);
    async function* doomed() {
      for await (const found of looked) {
        if (found.node.kind === 'directory') below.push(found);
        else if (found.missing) yield found.node;
      }
    }
    for await (const _ of inParallel(doomed(), { itemsMax: this.#options.jobs }, act)) signal.throwIfAborted();
    for (const { node, missing } of below) {
      await this.#clean(node.relative, missing, act);
      if (missing) await act(node);
    }
  }

  async *#entries(directory: string): AsyncGenerator<TreeNode> {
    for await (const node of this.#route.destination.entries(directory)) {
      this.#context.signal.throwIfAborted();
      if (this.#filter(node)) yield node;
    }
  }

  async #delete(node: TreeNode): Promise<void> {
    try {
      if (!this.#options.dryRun) await this.#route.destination.remove(node);
      this.#report.deleted(node);
    } catch (error) {
      this.#context.signal.throwIfAborted();
      // It holds what a filter left alone.
      if (node.kind === 'directory' && isNotEmpty(error)) return;
      this.#report.failed(node.relative, error);
    }
  }
}

async function isEmpty(entries: AsyncIterable<TreeNode>): Promise<boolean> {
  for await (const _ of entries) return false;
  return true;
}

function isNotEmpty(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOTEMPTY' || toTesseraError(error).code === 'NOT_EMPTY';
}
