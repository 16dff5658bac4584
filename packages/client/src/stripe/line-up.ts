import { hash64, type Layout, parseDistribution, splitPath } from '@tessera/protocol';
import { distribute, rangePositions } from '../distribution/index.js';
import { LANES } from '../limits.js';
import { mix } from './mix.js';
import type { CandidateGroup } from './placement.js';
import { serverWindow } from './server-window.js';

/** All positions of a group, the most preferred first, for the segment that holds this range of the file. */
type Preferences = (offset: number, length: number) => readonly number[];

/** Where the segments of one file prefer to lie, in whatever placement group they get into. */
export class LineUp {
  /** Of the file; those of one lane keep to one placement group. */
  readonly lane: number;
  readonly #layout: Layout;
  readonly #seed: number;
  readonly #local: ReadonlySet<number>;
  readonly #groups = new Map<number, { members: CandidateGroup['members']; preferences: Preferences | undefined }>();

  /** Equal seeds give equal preferences. `local` are the servers on the writer's host. */
  constructor(layout: Layout, seed: number, local: ReadonlySet<number>) {
    this.lane = seed % LANES;
    this.#layout = layout;
    this.#seed = seed;
    this.#local = local;
  }

  /** Undefined: in this group the file prefers nothing, since it lacks servers that the layout asks for. */
  positions(group: CandidateGroup, offset: number, length: number): readonly number[] | undefined {
    let known = this.#groups.get(group.pg);
    if (known?.members !== group.members) {
      known = { members: group.members, preferences: this.#preferencesIn(group) };
      this.#groups.set(group.pg, known);
    }
    return known.preferences?.(offset, length);
  }

  #preferencesIn({ members }: CandidateGroup): Preferences | undefined {
    const layout = this.#layout;
    const window = serverWindow({ members, layout, seed: this.#seed, local: this.#local });
    if (window === undefined) return undefined;
    const { segmentBytes } = layout;
    const distribution = distribute(parseDistribution(layout.distribution), { servers: window.length, segmentBytes });
    return rangePositions({ distribution, window, positionCount: members.length });
  }
}

/** What a file's window and its lane go by: its path, so that all who write it by that path agree. */
export function seedOf(path: Uint8Array): number {
  const names = splitPath(path).map((name) => Buffer.from(name).toString('hex'));
  return Number(hash64(Buffer.from(names.join('/'))) & 0xffff_ffffn);
}

/** The group that a lane keeps to: another one for each lane, the same in all clients that may choose among the same. */
export function homeOf(lane: number, groups: readonly number[]): number | undefined {
  let home: number | undefined;
  for (const pg of groups) {
    if (home === undefined || mix(lane, pg) > mix(lane, home)) home = pg;
  }
  return home;
}
