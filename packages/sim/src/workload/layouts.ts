import type { DirectoryLayout, Hints } from '@tessera/client';
import type { Draw } from '../draw.js';
import type { LayoutRefusal } from '../model/commons/action.js';

/** What a directory or a file is asked to be laid like, and why it cannot be. */
interface Wish<Layout> {
  readonly layout: Layout;
  readonly refusal?: LayoutRefusal;
}

const KIB = 1024;

/** What says which servers; what a wish leaves out must not come from a directory above, with which it might not fit. */
const ANYWHERE = {
  distribution: 'simple_stripe',
  width: 0,
  serverOrder: 'any',
  startServer: 0,
  servers: [],
} as const;

interface Possible {
  /** Chunkservers that it takes, each on a host of its own. */
  readonly servers: number;
  readonly layout: Hints;
}

/** No less parity than shared directories have, where there are as many servers. */
const POSSIBLE: readonly Possible[] = [
  { servers: 3, layout: { redundancy: 'copies-3', segmentBytes: 64 * KIB } },
  { servers: 4, layout: { redundancy: 'rs-2-2', segmentBytes: 64 * KIB, width: 4 } },
  { servers: 5, layout: { redundancy: 'rs-3-2', segmentBytes: 128 * KIB, serverOrder: 'in-order' } },
  { servers: 6, layout: { redundancy: 'rs-4-2', segmentBytes: 64 * KIB, serverOrder: 'round-robin', width: 6 } },
  { servers: 4, layout: { redundancy: 'rs-2-2', segmentBytes: 64 * KIB, serverOrder: 'random' } },
  { servers: 4, layout: { redundancy: 'rs-2-2', segmentBytes: 64 * KIB, serverOrder: 'local' } },
  { servers: 3, layout: { redundancy: 'copies-3', segmentBytes: 64 * KIB, startServer: 2 } },
  { servers: 6, layout: { redundancy: 'rs-4-2', segmentBytes: 64 * KIB, distribution: 'basic' } },
  {
    servers: 6,
    layout: { redundancy: 'rs-4-2', segmentBytes: 64 * KIB, distribution: 'simple_stripe:strip_size=32K' },
  },
  {
    servers: 4,
    layout: { redundancy: 'rs-2-2', segmentBytes: 64 * KIB, distribution: 'varstrip:strips=0:64K;1:32K' },
  },
  {
    servers: 4,
    layout: {
      redundancy: 'rs-2-2',
      segmentBytes: 64 * KIB,
      distribution: 'twod_stripe:num_groups=2,strip_size=64K,group_strip_factor=2',
    },
  },
];

const SERVER_LISTS: readonly Possible[] = [
  { servers: 3, layout: { servers: [3, 1, 2] } },
  { servers: 8, layout: { servers: [8, 7, 6, 5, 4], serverOrder: 'list', startServer: 6 } },
];

const REFUSED: readonly Wish<Hints>[] = [
  { layout: { redundancy: 'copies-12' }, refusal: 'LAYOUT_UNSATISFIABLE' },
  { layout: { startServer: 99 }, refusal: 'LAYOUT_UNSATISFIABLE' },
  { layout: { width: 20, serverOrder: 'in-order' }, refusal: 'LAYOUT_UNSATISFIABLE' },
  { layout: { segmentBytes: 100 }, refusal: 'INVALID_LAYOUT' },
  { layout: { width: 100 }, refusal: 'INVALID_LAYOUT' },
  { layout: { distribution: 'nonsense' }, refusal: 'INVALID_LAYOUT' },
  { layout: { serverOrder: 'list' }, refusal: 'INVALID_LAYOUT' },
];

const REFUSED_TO_DIRECTORIES: readonly Wish<Partial<DirectoryLayout>>[] = [
  { layout: { failureDomain: 'rack' }, refusal: 'LAYOUT_UNSATISFIABLE' },
  { layout: { placementLabels: [{ key: 'host', value: 'nowhere' }] }, refusal: 'LAYOUT_UNSATISFIABLE' },
  { layout: { shardsPerDomain: 19 }, refusal: 'INVALID_LAYOUT' },
];

const REFUSED_SHARE = 0.25;
const INLINE_BYTES = [0, 1_000, 4_096];

/** What is asked for in a cluster of so many chunkservers, each on a host of its own. */
export class Wishes {
  readonly #layouts: readonly Hints[];
  readonly #hints: readonly Hints[];

  /** `redundancy` is one that the cluster can hold. */
  constructor(chunkservers: number, redundancy: string) {
    const fitting = (all: readonly Possible[]) =>
      all.filter(({ servers }) => servers <= chunkservers).map(({ layout }) => layout);
    this.#layouts = [{ redundancy, serverOrder: 'random' }, ...fitting(POSSIBLE)];
    this.#hints = [...this.#layouts, ...fitting(SERVER_LISTS).map((layout) => ({ redundancy, ...layout }))];
  }

  /** For a file. */
  hints(draw: Draw): Wish<Hints> {
    const wish: Wish<Hints> = draw.chance(REFUSED_SHARE) ? draw.of(REFUSED) : { layout: draw.of(this.#hints) };
    return { ...wish, layout: { ...ANYWHERE, ...wish.layout } };
  }

  /** For a directory. */
  layout(draw: Draw): Wish<Partial<DirectoryLayout>> {
    if (draw.chance(REFUSED_SHARE)) {
      const wish = draw.of([...REFUSED, ...REFUSED_TO_DIRECTORIES]);
      return { ...wish, layout: { ...ANYWHERE, ...wish.layout } };
    }
    return { layout: { ...ANYWHERE, ...draw.of(this.#layouts), inlineBytes: draw.of(INLINE_BYTES) } };
  }
}
