import type { Transfer } from '../datatype/transfers.js';

/** Transfers in the order of their file offsets, as columns: a list of a hundred thousand costs a few MiB. */
export interface TransferRound {
  readonly count: number;
  readonly fileOffsets: Float64Array;
  readonly lengths: Float64Array;
  readonly memoryOffsets: Float64Array;
}

/** Takes the next transfers that have bytes, at most `countMax`. Fewer: there are no more. */
export function takeRound(transfers: Iterator<Transfer>, countMax: number): TransferRound {
  const taken: Transfer[] = [];
  let ascending = true;
  let before = 0;
  while (taken.length < countMax) {
    const { done, value } = transfers.next();
    if (done) break;
    if (value.length === 0) continue;
    if (value.fileOffset < before) ascending = false;
    before = value.fileOffset;
    taken.push(value);
  }
  if (!ascending) taken.sort((a, b) => a.fileOffset - b.fileOffset);
  const column = (of: (transfer: Transfer) => number) => Float64Array.from(taken, of);
  return {
    count: taken.length,
    fileOffsets: column(({ fileOffset }) => fileOffset),
    lengths: column(({ length }) => length),
    memoryOffsets: column(({ memoryOffset }) => memoryOffset),
  };
}

export function transferAt({ fileOffsets, lengths, memoryOffsets }: TransferRound, index: number): Transfer {
  return {
    fileOffset: fileOffsets[index] as number,
    length: lengths[index] as number,
    memoryOffset: memoryOffsets[index] as number,
  };
}

/** Stretches of the file that hold all transfers: those less than `gapBytes` apart are one. */
export function spansOf(round: TransferRound, gapBytes: number): { from: number; to: number }[] {
  const spans: { from: number; to: number }[] = [];
  let last: { from: number; to: number } | undefined;
  for (let index = 0; index < round.count; index++) {
    const from = round.fileOffsets[index] as number;
    const to = from + (round.lengths[index] as number);
    if (last !== undefined && from - last.to < gapBytes) last.to = Math.max(last.to, to);
    else {
      last = { from, to };
      spans.push(last);
    }
  }
  return spans;
}
