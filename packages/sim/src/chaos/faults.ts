import type { Draw } from '../draw.js';
import type { Breakage } from './proxy/route.js';

export type Direction = 'up' | 'down' | 'both';

/** One thing that goes wrong. Names are those of daemons, clients and routes. */
export type RealFault =
  | { readonly kind: 'kill' | 'stop'; readonly daemons: readonly string[]; readonly awayMs: number }
  | { readonly kind: 'pause daemon' | 'pause client'; readonly name: string; readonly forMs: number }
  | { readonly kind: 'kill client'; readonly name: string }
  | {
      readonly kind: 'slow';
      readonly route: string;
      readonly way: Direction;
      readonly ms: number;
      readonly forMs: number;
    }
  | {
      readonly kind: 'narrow';
      readonly route: string;
      readonly way: Direction;
      readonly bytesPerSecond: number;
      readonly forMs: number;
    }
  /** A black hole. Afterwards the bytes go on, as they do once a network is mended, or the connections are reset. */
  | {
      readonly kind: 'hold';
      readonly route: string;
      readonly way: Direction;
      readonly isReset: boolean;
      readonly forMs: number;
    }
  | {
      readonly kind: 'flip';
      readonly route: string;
      readonly way: Direction;
      readonly share: number;
      readonly forMs: number;
    }
  | { readonly kind: 'refuse'; readonly route: string; readonly forMs: number }
  | { readonly kind: 'break'; readonly route: string; readonly how: Breakage };

export interface ScheduledFault {
  /** Since faults began. */
  readonly atMs: number;
  readonly fault: RealFault;
}

/** Whom faults can strike. */
export interface Cast {
  readonly daemons: readonly string[];
  readonly clients: readonly string[];
  readonly metadataRoutes: readonly string[];
  readonly dataRoutes: readonly string[];
}

const KIB = 1024;
const AWAY_MS_MAX = 1_500;
/** Some die again so long after they were started. */
const AGAIN_MS_MAX = 900;
const AGAIN_SHARE = 0.3;
/** The longest is above what a request may take, below what makes a server count as gone for good. */
const PAUSES_MS_MAX = [100, 1_000, 6_000];
const SLOW_MS_MAX = [5, 50, 400];
const BYTES_PER_SECOND = [32 * KIB, 256 * KIB, 4 * KIB * KIB];
const FLIP_SHARES = [0.02, 0.2];
const BREAKAGES: readonly Breakage[] = ['reset', 'end', 'cut request', 'cut reply', 'strand client', 'strand server'];
const DIRECTIONS: readonly Direction[] = ['up', 'down', 'both'];

type Source = (draw: Draw, cast: Cast) => readonly RealFault[];

/** How each kind that strikes processes is drawn. */
const PROCESS_SOURCES: Readonly<Record<string, Source>> = {
  kills: (draw, { daemons }) => deaths(draw, [draw.of(daemons)]),
  'kills of the metaserver': (draw, { daemons }) => deaths(draw, daemons.slice(0, 1)),
  'kills of several': (draw, { daemons }) =>
    deaths(draw, draw.chance(0.3) ? daemons : draw.some(daemons, 2 + draw.below(daemons.length - 2))),
  stops: (draw, { daemons }) => [{ kind: 'stop', daemons: [draw.of(daemons)], awayMs: draw.below(AWAY_MS_MAX) }],
  pauses: (draw, { daemons }) => [{ kind: 'pause daemon', name: draw.of(daemons), forMs: pauseMs(draw) }],
  'client pauses': (draw, { clients }) => [{ kind: 'pause client', name: draw.of(clients), forMs: pauseMs(draw) }],
  'client kills': (draw, { clients }) => [{ kind: 'kill client', name: draw.of(clients) }],
};

/** How each kind that strikes connections is drawn. */
const CONNECTION_SOURCES: Readonly<Record<string, Source>> = {
  slowness: (draw, cast) => [
    { kind: 'slow', ...where(draw, cast), ms: 1 + draw.below(draw.of(SLOW_MS_MAX)), forMs: pauseMs(draw) },
  ],
  narrowness: (draw, cast) => [
    { kind: 'narrow', ...where(draw, cast), bytesPerSecond: draw.of(BYTES_PER_SECOND), forMs: pauseMs(draw) },
  ],
  'black holes': (draw, cast) => [
    { kind: 'hold', ...where(draw, cast), isReset: draw.chance(0.5), forMs: pauseMs(draw) },
  ],
  // Only where checksums promise that it is noticed: calls have none of their own.
  flips: (draw, { dataRoutes }) => [
    {
      kind: 'flip',
      route: draw.of(dataRoutes),
      way: draw.of(DIRECTIONS),
      share: draw.of(FLIP_SHARES),
      forMs: pauseMs(draw),
    },
  ],
  refusals: (draw, cast) => [{ kind: 'refuse', route: where(draw, cast).route, forMs: pauseMs(draw) }],
  breaks: (draw, cast) => [{ kind: 'break', route: where(draw, cast).route, how: draw.of(BREAKAGES) }],
};

/** Between two faults of one kind, on average, half of these. Starts are dear: with more of them nothing gets done. */
const PROCESS_GAPS_MS_MAX = [5_000, 12_000, 25_000];
const CONNECTION_GAPS_MS_MAX = [1_000, 3_000, 8_000];
/** Few rounds have everything, so that each fault is also seen with few others. */
const KIND_SHARE = 0.7;

/** What goes wrong within a time, in order. All of it follows from the draw. */
export function scheduleFaults(draw: Draw, cast: Cast, forMs: number): ScheduledFault[] {
  const schedule: ScheduledFault[] = [];
  const add = (source: Source, gapsMsMax: readonly number[]) => {
    const isLeftOut = !draw.chance(KIND_SHARE);
    const gapMsMax = draw.of(gapsMsMax);
    if (isLeftOut) return;
    for (let atMs = draw.upTo(gapMsMax); atMs < forMs; atMs += draw.upTo(gapMsMax)) {
      let laterMs = 0;
      for (const fault of source(draw, cast)) {
        schedule.push({ atMs: atMs + laterMs, fault });
        if ('awayMs' in fault) laterMs += fault.awayMs + draw.below(AGAIN_MS_MAX);
      }
    }
  };
  for (const source of Object.values(PROCESS_SOURCES)) add(source, PROCESS_GAPS_MS_MAX);
  for (const source of Object.values(CONNECTION_SOURCES)) add(source, CONNECTION_GAPS_MS_MAX);
  return schedule.filter(({ atMs }) => atMs < forMs).sort((one, other) => one.atMs - other.atMs);
}

/** Once, or again while they start. */
function deaths(draw: Draw, daemons: readonly string[]): RealFault[] {
  const times = draw.chance(AGAIN_SHARE) ? 2 : 1;
  return Array.from({ length: times }, () => ({ kind: 'kill', daemons, awayMs: draw.below(AWAY_MS_MAX) }));
}

function pauseMs(draw: Draw): number {
  return 1 + draw.below(draw.of(PAUSES_MS_MAX));
}

function where(draw: Draw, { metadataRoutes, dataRoutes }: Cast): { route: string; way: Direction } {
  return { route: draw.of(draw.chance(0.5) ? metadataRoutes : dataRoutes), way: draw.of(DIRECTIONS) };
}

/** For people, without who and how long. */
export function kindOf(fault: RealFault): string {
  switch (fault.kind) {
    case 'kill':
    case 'stop':
      return fault.daemons.length > 1
        ? `${fault.kind} of several daemons`
        : `${fault.kind} of a ${roleOf(fault.daemons)}`;
    case 'break':
      return `connections: ${fault.how}`;
    case 'slow':
    case 'narrow':
    case 'hold':
    case 'flip':
    case 'refuse':
      return `route: ${fault.kind}${'way' in fault ? ` ${fault.way}` : ''}`;
    default:
      return fault.kind;
  }
}

function roleOf([name = '']: readonly string[]): string {
  return name.split('-')[0] as string;
}
