import { parseRedundancy, TesseraError } from '@tessera/protocol';
import type { Verdict } from '../cluster/daemon.js';
import type { Draw } from '../draw.js';

/** Whose durable bytes a seed may destroy, whatever the fault. */
export interface BudgetPlan {
  /** Hosts of chunkservers. */
  hosts: readonly string[];
}

/**
 * A commit may bring one parity shard less than its layout has, and at least one: more hosts than one would need to be
 * known stripe by stripe.
 */
const HOSTS_MAX = 1;

/** What all stripes of these redundancies survive, with so many hosts left that new ones get all of their parity. */
export function planBudget(
  draw: Draw,
  chunkserverHosts: readonly string[],
  redundancies: readonly string[],
): BudgetPlan {
  const parities = redundancies.map((redundancy) => parseRedundancy(redundancy).parity);
  const left = chunkserverHosts.length - HOSTS_MAX;
  const hosts = draw.some(chunkserverHosts, HOSTS_MAX);
  return { hosts: parities.every((parity) => parity > 0 && left >= parity + 1) ? hosts : [] };
}

/**
 * How much of what is durable all faults of a run together may destroy: whatever lies on a few hosts, so that no stripe
 * loses more shards than the parity it was committed with makes up for. The metaserver's disk holds one thing that
 * nothing makes up for, the journal; faults during the work touch only what can be derived from it.
 */
export class FaultBudget {
  readonly #hosts: readonly string[];
  readonly #isKnown: (host: string) => boolean;
  readonly #harmed = new Set<string>();
  #damagedCheckpoint = '';
  #replacedDisks = 0;

  /** `isKnown` says whether the metaserver knows a host: what comes to nothing before that is no loss, just a smaller cluster. */
  constructor({ hosts }: BudgetPlan, isKnown: (host: string) => boolean = () => true) {
    this.#hosts = hosts;
    this.#isKnown = isKnown;
  }

  /** Whose disk may be harmed now; undefined when nobody's. */
  get host(): string | undefined {
    return this.#hosts.find((host) => this.#isKnown(host));
  }

  /** Hosts whose disks have lost durable bytes: nothing is owed by them. */
  get harmed(): ReadonlySet<string> {
    return this.#harmed;
  }

  /** A fault is about to destroy durable bytes on this host. @throws RangeError when they may not be destroyed */
  spend(host: string): void {
    if (!this.#hosts.includes(host)) throw new RangeError(`${host} is not among the hosts that may lose durable bytes`);
    this.#harmed.add(host);
  }

  /** Disks in whose place an empty one stands now. */
  get replacedDisks(): number {
    return this.#replacedDisks;
  }

  /** An empty disk takes the place of the host's, under a number of its own. */
  replaced(host: string): void {
    this.spend(host);
    this.#replacedDisks++;
  }

  /**
   * Whether the metaserver's checkpoint `path`, one of those on its disk, may be damaged: one at a time, since journal
   * that neither needs any more is gone.
   */
  spendCheckpoint(paths: readonly string[], path: string): boolean {
    if (paths.includes(this.#damagedCheckpoint)) return false;
    this.#damagedCheckpoint = path;
    return true;
  }

  /** A chunkserver may refuse a disk that has lost what makes it one; nobody can make it take that disk. */
  verdictOn(host: string, thrown: unknown): Verdict | undefined {
    const isRefusal = thrown instanceof TesseraError && thrown.code === 'DISK_REFUSED';
    return isRefusal && this.#harmed.has(host) ? 'lost' : undefined;
  }
}
