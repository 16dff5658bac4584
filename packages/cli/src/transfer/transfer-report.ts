import type { Context } from '../context.js';
import { printable } from '../output/table.js';
import { showsProgress } from './progress-bar.js';
import type { Copied, Route } from './route.js';
import type { Tally } from './tally.js';
import type { TransferOptions } from './transfer-options.js';
import type { TreeNode } from './tree-node.js';

/** How a command calls its two ends in JSON. */
export interface EndNames {
  from: string;
  to: string;
}

/** Tells what becomes of each file of a transfer, as the options ask for it. */
export class TransferReport {
  readonly #context: Context;
  readonly #route: Route;
  readonly #options: TransferOptions;
  readonly #tally: Tally;
  readonly #ends: EndNames;

  constructor(context: Context, route: Route, options: TransferOptions, tally: Tally, ends: EndNames) {
    this.#context = context;
    this.#route = route;
    this.#options = options;
    this.#tally = tally;
    this.#ends = ends;
  }

  readonly moved = (bytes: number): void => this.#tally.addMoved(bytes);

  /** Where a count of all there is goes to; undefined when nobody watches. */
  get counter(): Tally | undefined {
    return showsProgress(this.#context, this.#options) ? this.#tally : undefined;
  }

  stored({ relative }: TreeNode, { bytes, protection, ...rest }: Copied): void {
    this.#tally.add(bytes, protection, rest.detail);
    this.#done('stored', relative, { bytes, ...(protection === undefined ? {} : { protection }), ...rest });
  }

  linked({ relative }: TreeNode, target: string): void {
    this.#tally.add(0);
    this.#done('linked', relative, { target });
  }

  unchanged({ relative, bytes }: TreeNode): void {
    this.#tally.addUnchanged(bytes);
    this.#done('unchanged', relative, { bytes });
  }

  deleted({ relative, kind }: TreeNode): void {
    this.#tally.addDeleted();
    this.#context.succeed();
    const path = this.#route.destination.path(relative);
    if (this.#options.json) this.#context.printJson({ action: 'deleted', ...this.#dry(), [this.#ends.to]: path, kind });
    else if (this.#isTold()) this.#context.print(printable(`${this.#verb('delete')} ${path}`));
  }

  failed(relative: string, error: unknown): void {
    this.#tally.addFailed();
    const [from, to] = this.#paths(relative);
    const fields = { [this.#ends.from]: from, [this.#ends.to]: to };
    this.#context.fail(error, this.#options, fields, `${from} → ${to}`);
  }

  #done(action: 'stored' | 'linked' | 'unchanged', relative: string, fields: object): void {
    this.#context.succeed();
    const [from, to] = this.#paths(relative);
    if (this.#options.json) {
      this.#context.printJson({ action, ...this.#dry(), [this.#ends.from]: from, [this.#ends.to]: to, ...fields });
    } else if (this.#isTold() && (action !== 'unchanged' || this.#options.verbose)) {
      const verb = action === 'unchanged' ? 'unchanged' : this.#verb(action === 'stored' ? 'transfer' : 'link');
      this.#context.print(printable(`${verb} ${from} → ${to}`));
    }
  }

  #paths(relative: string): [from: string, to: string] {
    return [this.#route.source.path(relative), this.#route.destination.path(relative)];
  }

  #isTold(): boolean {
    return this.#options.verbose === true || this.#options.dryRun === true;
  }

  #verb(verb: string): string {
    return this.#options.dryRun ? `would ${verb}` : verb;
  }

  #dry(): { dryRun?: true } {
    return this.#options.dryRun ? { dryRun: true } : {};
  }
}
