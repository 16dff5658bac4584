import { type Clock, type Random, randomUnit } from '@tessera/env';
import { BLOCK_BYTES, TesseraError } from '@tessera/protocol';
import { serverTitle } from '../cluster/cluster-map.js';
import type { MapSource } from '../cluster/map-cache.js';
import { type ServerFailure, ServerFailures } from '../cluster/server-failures.js';
import {
  LANES,
  LONE_FILES_PER_LANE,
  PACK_CANDIDATES_MAX,
  STRIPE_ATTEMPTS_MAX,
  STRIPE_BYTES_IN_FLIGHT_MAX,
  WRITE_SHORTAGE_MS_MAX,
  WRITE_SHORTAGE_RETRY_MS,
} from '../limits.js';
import type { Scope } from '../scope.js';
import { Home } from './home.js';
import type { LeasePool } from './lease-pool.js';
import type { LeasePools } from './lease-pools.js';
import { fillStripe, planStripe } from './packing.js';
import { choosePlacement, type Placement } from './placement.js';
import type { StripePolicy } from './policy.js';
import { chosenApart } from './preferred-sites.js';
import type { Segment } from './segment.js';
import { attemptsExhausted, describeShortage, missingServers } from './shortage.js';
import { type StripeWriterParts, type WrittenStripe, writeStripe } from './stripe-writer.js';
import {
  type FilePlaces,
  isNewRefusal,
  makeWaiting,
  type PlacedSegment,
  preferring,
  type WaitingSegment,
} from './waiting-segment.js';

/** Segments that may share stripes. */
interface MixingQueue {
  readonly key: string;
  readonly policy: StripePolicy;
  readonly pool: LeasePool;
  /** Only where the policy lines files up. */
  readonly home: Home | undefined;
  waiting: WaitingSegment[];
  stripesInFlight: number;
  /** Looks at the cluster again before its writers are told that servers are missing. */
  shortRetry: 'none' | 'scheduled' | 'done';
  advanceQueued: boolean;
}

/** A written stripe some of whose files are not committed yet. */
interface OpenStripe {
  readonly queue: MixingQueue;
  /** Segments that still refer to its id. */
  unsettled: number;
  /** Those of them that keep it in flight. */
  holding: number;
}

export interface StripeBuilderParts extends StripeWriterParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly map: MapSource;
  readonly leases: LeasePools;
}

/** Failures that another stripe would meet as well. */
const HOPELESS: ReadonlySet<string> = new Set(['INVALID_ARGUMENT', 'UNIMPLEMENTED', 'INTERNAL', 'CANCELLED']);

/** Loads closer than this count as equal: chance decides, so that all servers get their share. */
const LOAD_NOISE_BYTES = 4 * BLOCK_BYTES;

/**
 * Collects segments that are ready together, across files, into stripes and has them written. A stripe that fails is
 * abandoned; its segments go into others, under new ids, on servers that did not fail.
 */
export class StripeBuilder {
  readonly #parts: StripeBuilderParts;
  readonly #queues = new Map<string, MixingQueue>();
  readonly #open = new Map<WrittenStripe, OpenStripe>();
  /** By policy: since when there were too few servers. */
  readonly #shortSinceMs = new Map<string, number>();
  #bytesInFlight = 0;
  /** Files of one segment whose policy lines them up. */
  #loneFiles = 0;

  constructor(parts: StripeBuilderParts) {
    this.#parts = parts;
  }

  /**
   * Has segments written that may share stripes with others of the same policy and mixing key. One promise each.
   * Whoever gets a placed segment settles it once its commit is answered or given up. With `holds` that does not wait
   * for any other segment, and the stripe counts as in flight until then: its writers come back together, so
   * the next stripe finds them together.
   * @throws TesseraError NOT_ENOUGH_SERVERS, LAYOUT_UNSATISFIABLE, the scope's end, or why the last attempt failed
   */
  write(
    policy: StripePolicy,
    mixingKey: string,
    segments: readonly Segment[],
    holds: boolean,
    scope: Scope,
    places?: FilePlaces,
  ): Promise<PlacedSegment>[] {
    const lane = places && (places.lane ?? this.#loneLane());
    const queue = this.#queue(policy, mixingKey, lane);
    const placed = segments.map(
      (segment, index) =>
        new Promise<PlacedSegment>((resolve, reject) => {
          const prefers = places && preferring(places, index, segment);
          queue.waiting.push(makeWaiting(segment, prefers, holds, scope, resolve, reject));
        }),
    );
    this.#advanceSoon(queue);
    return placed;
  }

  /** The segment's commit is answered, or it is not going to be committed. */
  settle({ stripe, holds }: Pick<PlacedSegment, 'stripe' | 'holds'>): void {
    const open = this.#open.get(stripe);
    if (open === undefined) return;
    if (holds && --open.holding === 0) this.#landed(open.queue);
    if (--open.unsettled > 0) return;
    this.#open.delete(stripe);
    stripe.id.pool.settle(stripe.id);
  }

  #landed(queue: MixingQueue): void {
    queue.stripesInFlight--;
    this.#advanceSoon(queue);
  }

  /** Files that need not stay with anything share a lane for a while, so that they fill stripes. */
  #loneLane(): number {
    return Math.floor(this.#loneFiles++ / LONE_FILES_PER_LANE) % LANES;
  }

  #queue(policy: StripePolicy, mixingKey: string, lane: number | undefined): MixingQueue {
    const key = lane === undefined ? `${policy.key} ${mixingKey}` : `${policy.key} ${mixingKey} lane ${lane}`;
    let queue = this.#queues.get(key);
    if (queue === undefined) {
      const pool = this.#parts.leases.of(policy);
      queue = {
        key,
        policy,
        pool,
        home: lane === undefined ? undefined : new Home(lane),
        waiting: [],
        stripesInFlight: 0,
        shortRetry: 'none',
        advanceQueued: false,
      };
      this.#queues.set(key, queue);
    }
    return queue;
  }

  /** After everything that this turn of the event loop brings has joined the queue. */
  #advanceSoon(queue: MixingQueue): void {
    if (queue.advanceQueued) return;
    queue.advanceQueued = true;
    queueMicrotask(() => {
      queue.advanceQueued = false;
      this.#advance(queue);
    });
  }

  #advance(queue: MixingQueue): void {
    queue.waiting = queue.waiting.filter(({ answered }) => !answered);
    while (queue.waiting.length > 0 && this.#bytesInFlight < STRIPE_BYTES_IN_FLIGHT_MAX) {
      const groups = queue.home === undefined ? queue.pool.groups() : queue.home.groups(queue.pool);
      if (groups.length === 0) {
        this.#awaitIds(queue);
        return;
      }
      const placement = this.#place(queue.policy, groups);
      if (placement === undefined) {
        this.#awaitServers(queue);
        return;
      }
      queue.shortRetry = 'none';
      this.#shortSinceMs.delete(queue.policy.key);
      const chosen = planStripe({
        lengths: queue.waiting.slice(0, PACK_CANDIDATES_MAX).map(({ segment }) => segment.bytes.length),
        oldestPassedOver: queue.waiting[0]?.passedOver ?? 0,
        dataCountMax: placement.dataCountMax,
        stripesInFlight: queue.stripesInFlight,
      });
      if (chosen === undefined) return;
      void this.#launch(queue, placement, takeChosen(queue, this.#keptApart(queue, placement, chosen)));
    }
    if (queue.waiting.length === 0 && queue.stripesInFlight === 0) this.#queues.delete(queue.key);
  }

  /** The chosen, or as many others whose preferences are less in each other's way. */
  #keptApart(queue: MixingQueue, placement: Placement, chosen: number[]): number[] {
    const group = this.#parts.map.current.pgs.get(placement.pg);
    if (queue.home === undefined || group === undefined || chosen.length === 1) return chosen;
    const live = new Set(placement.live.map(({ position }) => position));
    const firstChoices = queue.waiting
      .slice(0, PACK_CANDIDATES_MAX)
      .map(({ prefers }) => prefers?.(group)?.find((position) => live.has(position)));
    const apart = chosenApart(chosen, firstChoices);
    const lengths = apart.map((index) => queue.waiting[index]?.segment.bytes.length ?? 0);
    return fillStripe(lengths) ? apart : chosen;
  }

  #place(policy: StripePolicy, groups: readonly number[]): Placement | undefined {
    const { map, links, random } = this.#parts;
    const current = map.current;
    const candidates = groups.flatMap((pg) => {
      const group = current.pgs.get(pg);
      return group === undefined ? [] : [{ pg, members: group.members }];
    });
    return choosePlacement({
      groups: candidates,
      redundancy: policy.layout.redundancy,
      reach: (server) => links.health.writeReach(current, server),
      load: (server) => links.load(server) + randomUnit(random) * LOAD_NOISE_BYTES,
    });
  }

  async #launch(queue: MixingQueue, placement: Placement, chosen: WaitingSegment[]): Promise<void> {
    const id = queue.pool.take(placement.pg);
    const segments = chosen.map(({ segment }) => segment);
    let bytes = 0;
    for (const segment of segments) bytes += segment.bytes.length;
    queue.stripesInFlight++;
    this.#bytesInFlight += bytes;
    const failures: ServerFailure[] = [];
    const onFailed = (server: number, { code, message }: TesseraError) => {
      const { current } = this.#parts.map;
      const address = current.servers.get(server)?.address ?? '';
      failures.push({ server, address, code, message: `${serverTitle(current, server)}: ${message}` });
    };
    try {
      const group = queue.home && this.#parts.map.current.pgs.get(placement.pg);
      const wanted = group && chosen.map(({ prefers }) => prefers?.(group));
      const preferences = wanted === undefined ? {} : { wanted };
      const plan = { policy: queue.policy, id, placement, segments, onFailed, ...preferences };
      const stripe = await writeStripe(this.#parts, plan);
      this.#deliver(queue, stripe, chosen);
    } catch (thrown) {
      queue.pool.settle(id);
      this.#abandon(queue, chosen, TesseraError.from(thrown), failures);
      this.#landed(queue);
    }
    const wasFull = this.#bytesInFlight >= STRIPE_BYTES_IN_FLIGHT_MAX;
    this.#bytesInFlight -= bytes;
    if (wasFull) for (const other of this.#queues.values()) this.#advanceSoon(other);
  }

  #deliver(queue: MixingQueue, stripe: WrittenStripe, chosen: readonly WaitingSegment[]): void {
    const holding = chosen.filter(({ holds }) => holds).length;
    this.#open.set(stripe, { queue, unsettled: chosen.length, holding });
    if (holding === 0) this.#landed(queue);
    for (const [slot, { segment, answered, holds, resolve }] of chosen.entries()) {
      const placed = { segment, stripe, slot, holds };
      if (answered) this.settle(placed);
      else resolve(placed);
    }
  }

  #abandon(
    queue: MixingQueue,
    chosen: WaitingSegment[],
    error: TesseraError,
    failures: readonly ServerFailure[],
  ): void {
    this.#parts.counters.stripesAbandoned++;
    this.#parts.counters.retries++;
    const again: WaitingSegment[] = [];
    for (const waiting of chosen) {
      // A disk that says for the first time that it takes nothing is known from now on: the next stripe goes elsewhere.
      if (!isNewRefusal(waiting, error, failures)) waiting.attempts++;
      waiting.failed.push(failures);
      if (HOPELESS.has(error.code)) waiting.reject(error);
      else if (waiting.attempts >= STRIPE_ATTEMPTS_MAX) waiting.reject(attemptsExhausted(waiting.failed.flat(), error));
      else again.push(waiting);
    }
    queue.waiting.unshift(...again);
  }

  #awaitIds(queue: MixingQueue): void {
    queue.pool.refill(queue.home?.wanted).then(
      () => this.#advanceSoon(queue),
      (error) => {
        for (const { reject } of queue.waiting.splice(0)) reject(TesseraError.from(error));
        this.#advanceSoon(queue);
      },
    );
  }

  /**
   * Servers may be about to come back: writers wait a little, with a fresh map, before they are told. Once that was in
   * vain, later writers under the same policy wait for one look at the cluster only.
   */
  #awaitServers(queue: MixingQueue): void {
    const { clock, map, links } = this.#parts;
    const { key, layout } = queue.policy;
    const nowMs = clock.monotonicMs();
    const sinceMs = this.#shortSinceMs.get(key) ?? nowMs;
    this.#shortSinceMs.set(key, sinceMs);
    if (queue.shortRetry === 'scheduled') return;
    if (queue.shortRetry === 'done' && nowMs - sinceMs >= WRITE_SHORTAGE_MS_MAX) {
      const cause = new ServerFailures(missingServers(map.current, links.health, layout));
      const groups = queue.home === undefined ? queue.pool.groups() : queue.home.groups(queue.pool);
      const text = describeShortage(map.current, links.health, layout, groups);
      const error = new TesseraError('NOT_ENOUGH_SERVERS', text, { cause });
      for (const { reject } of queue.waiting.splice(0)) reject(error);
      queue.shortRetry = 'none';
      this.#advanceSoon(queue);
      return;
    }
    queue.shortRetry = 'scheduled';
    map.refresh().catch(() => {});
    links.health.probeAvoided();
    clock.schedule(WRITE_SHORTAGE_RETRY_MS, () => {
      queue.shortRetry = 'done';
      this.#advanceSoon(queue);
    });
  }
}

/** Takes the chosen out of the queue; those that are older than the youngest taken were passed over. */
function takeChosen(queue: MixingQueue, chosen: readonly number[]): WaitingSegment[] {
  const taken = chosen.map((index) => queue.waiting[index] as WaitingSegment);
  const youngest = chosen.at(-1) ?? 0;
  const wanted = new Set(chosen);
  queue.waiting = queue.waiting.filter((waiting, index) => {
    if (index < youngest && !wanted.has(index)) waiting.passedOver++;
    return !wanted.has(index);
  });
  return taken;
}
