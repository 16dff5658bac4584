import assert from 'node:assert/strict';
import { type Id, type Layout, v1 } from '@tessera/protocol';
import type { FileExtent } from '../records/extent.js';
import type { MixingKey } from '../records/stripe.js';
import { ClusterFixture, layoutOf, type PresentedWrite } from './cluster-fixture.js';

export const { DURABILITY_SYNCED: SYNCED, DURABILITY_WRITTEN: WRITTEN } = v1.Durability;
export const RS = layoutOf('rs-4-2');
export const LENGTHS = [1000, 800, 900, 1000];

/** Eight hosts, one lease, and the first stripe of its range written in full. */
export function written(layout: Layout = RS, lengths = LENGTHS) {
  const fixture = new ClusterFixture(8);
  const { lease, ranges } = fixture.grant(layout);
  const { pg, firstStripe: stripe } = ranges[0] ?? assert.fail('no range');
  const write = fixture.stripeWrite(layout, { pg, stripe, lease }, lengths);
  const commit = (
    slots: number[],
    changed: Partial<PresentedWrite> & { lender?: Uint8Array } = {},
    { file = layout, ...more }: { file?: Layout; session?: Id; mixing?: MixingKey } = {},
  ): FileExtent[] =>
    fixture.commit({
      layout: file,
      extents: slots.map((slot, index) => extent(write, slot, index * 2_000)),
      stripes: [{ ...write, ...changed }],
      ...more,
    });
  return { fixture, pg, stripe, lease, write, commit };
}

export function extent({ pg, stripe, slots }: PresentedWrite, slot: number, fileOffset: number) {
  return { fileOffset, length: slots[slot]?.length ?? 1, pg, stripe, slot };
}

export function changeSlot(write: PresentedWrite, slot: number, change: Partial<PresentedWrite['slots'][number]>) {
  return { slots: write.slots.map((old, index) => (index === slot ? { ...old, ...change } : old)) };
}

/** Without the receipts of these slots. */
export function without(write: PresentedWrite, ...missing: number[]) {
  return {
    slots: write.slots.map((slot, index) => (missing.includes(index) ? { ...slot, receipt: new Uint8Array() } : slot)),
  };
}

export function code(expected: string, text: RegExp) {
  return { code: expected, message: text };
}
