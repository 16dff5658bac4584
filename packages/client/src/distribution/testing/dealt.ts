import type { DistributionSpec, Strip } from '@tessera/protocol';
import { Tape } from '../../datatype/testing/tape.js';
import type { DistributionBase } from '../distribute.js';

/** A byte of a file, dealt out. */
export interface Dealt {
  readonly server: number;
  readonly physicalOffset: number;
  /** Bytes to the end of its strip, itself included. */
  readonly length: number;
}

/** Deals out the first `bytes` bytes one by one, strip after strip, as one would by hand. */
export function deal(spec: DistributionSpec, base: DistributionBase, bytes: number): Dealt[] {
  const held = new Map<number, number>();
  const dealt: Dealt[] = [];
  for (const strip of stripsOf(spec, base)) {
    for (let length = strip.bytes; length > 0; length--) {
      if (dealt.length === bytes) return dealt;
      const physicalOffset = held.get(strip.server) ?? 0;
      dealt.push({ server: strip.server, physicalOffset, length });
      held.set(strip.server, physicalOffset + 1);
    }
  }
  return dealt;
}

function* stripsOf(spec: DistributionSpec, { servers, segmentBytes }: DistributionBase): Generator<Strip> {
  for (;;) {
    if (spec.name === 'basic') {
      yield { server: 0, bytes: Number.MAX_SAFE_INTEGER };
    } else if (spec.name === 'varstrip') {
      yield* spec.strips;
    } else {
      const bytes = spec.stripBytes ?? segmentBytes;
      for (const group of groupsOf(spec, servers)) {
        const rows = spec.name === 'twod_stripe' ? spec.factor : 1;
        for (let row = 0; row < rows; row++) for (const server of group) yield { server, bytes };
      }
    }
  }
}

/** As many servers in each group, and what is left over in the last. */
function groupsOf(spec: DistributionSpec, servers: number): number[][] {
  const groups = spec.name === 'twod_stripe' ? spec.groups : 1;
  const each = Math.floor(servers / groups);
  return Array.from({ length: groups }, (_, group) => {
    const end = group === groups - 1 ? servers : (group + 1) * each;
    return Array.from({ length: end - group * each }, (_, index) => group * each + index);
  });
}

export interface Case {
  readonly spec: DistributionSpec;
  readonly base: DistributionBase;
}

/** Distributions with strips of a few bytes over 4 to 7 servers, as the bytes of a tape choose. */
export function caseFrom(bytes: Uint8Array): Case {
  const tape = new Tape(bytes);
  const base = { servers: tape.between(4, 7), segmentBytes: tape.between(1, 12) };
  switch (tape.between(0, 3)) {
    case 0:
      return { base, spec: { name: 'simple_stripe', ...strip(tape) } };
    case 1:
      return {
        base,
        spec: { name: 'twod_stripe', groups: tape.between(1, 4), factor: tape.between(1, 4), ...strip(tape) },
      };
    case 2: {
      const servers = tape.between(1, 4);
      const strips = tape.list(6, () => ({ server: tape.between(0, servers - 1), bytes: tape.between(1, 9) }));
      // All are named, at places of any order.
      for (let server = 0; server < servers; server++) {
        strips.splice(tape.between(0, strips.length), 0, { server, bytes: tape.between(1, 9) });
      }
      return { base, spec: { name: 'varstrip', strips } };
    }
    default:
      return { base, spec: { name: 'basic' } };
  }
}

function strip(tape: Tape): { stripBytes?: number } {
  return tape.flag() ? { stripBytes: tape.between(1, 9) } : {};
}
