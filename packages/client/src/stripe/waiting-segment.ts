import type { TesseraError } from '@tessera/protocol';
import type { PlacementGroup } from '../cluster/cluster-map.js';
import type { ServerFailure } from '../cluster/server-failures.js';
import type { Scope } from '../scope.js';
import type { LineUp } from './line-up.js';
import type { Segment } from './segment.js';
import type { WrittenStripe } from './stripe-writer.js';

/** Where a segment lies: durable, and ready to be committed. */
export interface PlacedSegment {
  readonly segment: Segment;
  readonly stripe: WrittenStripe;
  readonly slot: number;
  /** Its stripe counts as in flight until this is settled. */
  readonly holds: boolean;
}

/** Where segments of a file are in it, for a policy that lines files up. */
export interface FilePlaces {
  readonly lineUp: LineUp;
  /** One for each segment. */
  readonly offsets: readonly number[];
  /** Files of a lane keep to one placement group; undefined for a file that is its only segment. */
  readonly lane: number | undefined;
}

/** A segment that is not in any stripe yet. */
export interface WaitingSegment {
  readonly segment: Segment;
  /** Positions of a group that it prefers, the best first; only where its policy lines files up. */
  readonly prefers: ((group: PlacementGroup) => readonly number[] | undefined) | undefined;
  readonly holds: boolean;
  /** Whoever wrote it has the result, or does not want it any more. */
  answered: boolean;
  attempts: number;
  /** What servers said to each of them. */
  readonly failed: (readonly ServerFailure[])[];
  passedOver: number;
  resolve(placed: PlacedSegment): void;
  reject(error: TesseraError): void;
}

/** Whether a disk refused the segment that had not refused it before. */
export function isNewRefusal(
  { failed }: WaitingSegment,
  { code }: TesseraError,
  failures: readonly ServerFailure[],
): boolean {
  if (code !== 'DISK_FULL' && code !== 'DISK_FAILED') return false;
  const known = new Set(failed.flat().map(({ server }) => server));
  return failures.some(({ server }) => !known.has(server));
}

/** A segment whose promise settles exactly once: what is placed after its writer has left must be settled by others. */
export function makeWaiting(
  segment: Segment,
  prefers: WaitingSegment['prefers'],
  holds: boolean,
  scope: Scope,
  resolve: (placed: PlacedSegment) => void,
  reject: (error: TesseraError) => void,
): WaitingSegment {
  const answer = () => {
    waiting.answered = true;
    scope.offEnd(onEnd);
  };
  const onEnd = (error: TesseraError) => waiting.reject(error);
  const waiting: WaitingSegment = {
    segment,
    prefers,
    holds,
    answered: false,
    attempts: 0,
    failed: [],
    passedOver: 0,
    resolve: (placed) => {
      answer();
      resolve(placed);
    },
    reject: (error) => {
      answer();
      reject(error);
    },
  };
  scope.onEnd(onEnd);
  return waiting;
}

/** Which positions of a group a segment of those places prefers. */
export function preferring(
  { lineUp, offsets }: FilePlaces,
  index: number,
  { bytes }: Segment,
): WaitingSegment['prefers'] {
  const offset = offsets[index] as number;
  return (group) => lineUp.positions(group, offset, bytes.length);
}
