import type { LeasePool } from './lease-pool.js';
import { homeOf } from './line-up.js';

/**
 * The placement group that the files of a lane keep to while there are stripe ids in it. Positions name servers within
 * one group only, so what is to line up has to stay in one.
 */
export class Home {
  readonly #lane: number;
  #pg: number | undefined;
  /** The metaserver was asked for more ids in it. */
  #asked = false;

  constructor(lane: number) {
    this.#lane = lane;
  }

  /** For which group ids are to be asked for; undefined: any. */
  get wanted(): number | undefined {
    return this.#pg;
  }

  /** Groups with ids left, its own in front; none when ids are to be asked for before anything is placed. */
  groups(pool: Pick<LeasePool, 'groups' | 'homes' | 'isAsking'>): readonly number[] {
    const groups = pool.groups();
    if (groups.length === 0) return groups;
    this.#pg ??= homeOf(this.#lane, pool.homes.length > 0 ? pool.homes : groups);
    if (!groups.includes(this.#pg as number)) {
      // Others of the lane, too, come by until the answer is there.
      if (pool.isAsking(this.#pg as number)) return [];
      if (!this.#asked) {
        this.#asked = true;
        return [];
      }
      // It was asked for and others were given: the group takes no writes, or is not current any more.
      this.#pg = homeOf(this.#lane, groups);
    }
    this.#asked = false;
    return [this.#pg as number, ...groups.filter((pg) => pg !== this.#pg)];
  }
}
