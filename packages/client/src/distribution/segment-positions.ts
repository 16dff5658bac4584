import { FILE_BYTES_MAX, TesseraError } from '@tessera/protocol';
import { checkBytes, type Distribution, nextMappedOffset } from './distribution.js';

/** Which positions of a placement group a file spreads over. */
export interface WindowChoice {
  /** Positions of the group. */
  readonly positionCount: number;
  /** The layout's: how many of them; 0 = all. */
  readonly width: number;
  /** The first. */
  readonly start: number;
}

/** `width` positions from `start` on, around the group. @throws TesseraError LAYOUT_UNSATISFIABLE, INVALID_ARGUMENT */
export function positionWindow({ positionCount, width, start }: WindowChoice): number[] {
  checkBytes('width', width);
  if (width > positionCount) {
    throw new TesseraError(
      'LAYOUT_UNSATISFIABLE',
      `width is ${width}, but a placement group has ${positionCount} positions; use 1..${positionCount}, or 0 for all`,
    );
  }
  checkPosition('start', start, positionCount);
  return Array.from({ length: width === 0 ? positionCount : width }, (_, index) => (start + index) % positionCount);
}

/** Where the servers of a distribution stand in a placement group. */
export interface RangePositionsInput {
  /** How the file's bytes are dealt out. */
  readonly distribution: Distribution;
  /** Server s of the distribution stands at position `window[s]` of the placement group. */
  readonly window: readonly number[];
  /** Positions of the placement group. */
  readonly positionCount: number;
}

/** As `RangePositionsInput`, for segments of one length. */
export interface SegmentPositionsInput extends RangePositionsInput {
  /** Length of the file's segments, the last excepted. */
  readonly segmentBytes: number;
}

/**
 * Which positions of its placement group a file's segments prefer: a pure function from the number of a segment to all
 * positions, the most preferred first. That is the position of the server that holds most of the segment's bytes; then
 * the others of the window, from it around, so that a file stays within its width; then the rest of the group.
 * @throws TesseraError INVALID_ARGUMENT when the window has fewer positions than the distribution servers, names one
 * twice, or one that there is not
 */
export function segmentPositions(input: SegmentPositionsInput): (segment: number) => readonly number[] {
  const { segmentBytes } = input;
  const positions = rangePositions(input);
  return (segment) => {
    checkBytes('segment', segment);
    return positions(segment * segmentBytes, segmentBytes);
  };
}

/**
 * As `segmentPositions`, for segments that begin and end anywhere in the file.
 * @throws TesseraError INVALID_ARGUMENT likewise
 */
export function rangePositions(input: RangePositionsInput): (offset: number, length: number) => readonly number[] {
  const { distribution, window, positionCount } = input;
  checkWindow(distribution, window, positionCount);
  const inside = new Set(window);
  const rest = Array.from({ length: positionCount }, (_, position) => position).filter((at) => !inside.has(at));
  const ofServer = Array.from({ length: distribution.servers }, (_, server) =>
    Object.freeze([...around(window, server), ...around(rest, server)]),
  );
  return (offset, length) => ofServer[preferredServer(distribution, offset, length)] as readonly number[];
}

/** The server that holds most of a range of the file; of several that hold as much, the one whose bytes come first. */
export function preferredServer(distribution: Distribution, offset: number, length: number): number {
  const first = distribution.locate(offset);
  if (first.length >= length) return first.server;
  const end = Math.min(offset + length, FILE_BYTES_MAX);
  let best = { server: first.server, bytes: -1, start: offset };
  for (let server = 0; server < distribution.servers; server++) {
    const bytes = distribution.physicalBytes(server, end) - distribution.physicalBytes(server, offset);
    if (bytes === 0 || bytes < best.bytes) continue;
    const start = nextMappedOffset(distribution, server, offset);
    if (bytes > best.bytes || start < best.start) best = { server, bytes, start };
  }
  return best.server;
}

function around(positions: readonly number[], first: number): number[] {
  return positions.map((_, index) => positions[(first + index) % positions.length] as number);
}

function checkWindow({ spec, servers }: Distribution, window: readonly number[], positionCount: number): void {
  if (window.length < servers) {
    refuse(`the window has ${window.length} positions, but this ${spec.name} has ${servers} servers`);
  }
  for (const position of window) checkPosition('a position of the window', position, positionCount);
  if (new Set(window).size < window.length) refuse(`the window names a position twice: ${window.join(', ')}`);
}

function checkPosition(name: string, position: number, positionCount: number): void {
  if (!Number.isInteger(position) || position < 0 || position >= positionCount) {
    refuse(`${name} is ${position}; a placement group has positions 0..${positionCount - 1}`);
  }
}

function refuse(message: string): never {
  throw new TesseraError('INVALID_ARGUMENT', `distribution: ${message}`);
}
