import { createCodec, type ErasureCodec } from '@tessera/erasure';
import type { BenchCase, BenchContext } from '../bench-case.js';
import { ownCpuSeconds } from '../cpu.js';
import { type BenchResult, median } from '../result.js';

const shardBytes = 512 * 1024;
const shapes = [
  { dataCount: 4, parityCount: 2 },
  { dataCount: 6, parityCount: 3 },
  { dataCount: 8, parityCount: 4 },
] as const;
const backends = ['simd', 'library'] as const;
const operations = ['encode', 'encode-cold', 'reconstruct'] as const;
/** Stripes that take turns in encode-cold: 32 MiB of data and more. */
const coldStripes = 16;
const windowSeconds = 0.1;

type Backend = (typeof backends)[number];
type Operation = (typeof operations)[number];

/**
 * GB of data for each CPU-second, copies into and out of WebAssembly memory included: encode does one stripe over and
 * over into the same buffers, encode-cold takes turns over more stripes than a second-level cache holds, reconstruct
 * rebuilds parityCount lost data shards, into the same buffers too.
 */
export const erasure: BenchCase = {
  name: 'erasure',
  summary: 'Reed-Solomon over shards of 512 KiB, both backends, in memory',
  variants: shapes.map(variantOf),
  isDefault: true,
  async run(context) {
    const codecs: Record<Backend, ErasureCodec> = {
      simd: await createCodec({ backend: 'simd' }),
      library: await createCodec({ backend: 'library' }),
    };
    return shapes
      .filter((shape) => context.variants.includes(variantOf(shape)))
      .flatMap((shape) => measureShape(codecs, shape, context));
  },
};

function variantOf({ dataCount, parityCount }: (typeof shapes)[number]): string {
  return `erasure/rs-${dataCount}-${parityCount}`;
}

function measureShape(
  codecs: Record<Backend, ErasureCodec>,
  shape: (typeof shapes)[number],
  { repetitions, progress }: BenchContext,
): BenchResult[] {
  const name = variantOf(shape);
  const work = prepare(shape);
  return operations.flatMap((operation) => {
    progress(`${name}/${operation}`);
    const rates: Record<Backend, number[]> = { simd: [], library: [] };
    // One window to warm up; after it the backends take turns, so that a slow spell of the machine hits both.
    for (let window = 0; window <= repetitions; window++) {
      for (const backend of backends) {
        const rate = bytesPerCpuSecond(shape.dataCount * shardBytes, (round) =>
          work[operation](codecs[backend], round),
        );
        if (window > 0) rates[backend].push(rate);
      }
    }
    const taken = backends.map((backend): BenchResult => {
      const value = median(rates[backend]);
      return {
        name: `${name}/${operation}/${backend}`,
        value: value / 1e9,
        unit: 'GB per CPU-second',
        cpuSecondsPerGiB: 2 ** 30 / value,
      };
    });
    const ratio = median(rates.simd) / median(rates.library);
    return [...taken, { name: `${name}/${operation}/ratio`, value: ratio, unit: 'simd ÷ library' }];
  });
}

/** What one round of each operation does; `round` counts up from 0. */
function prepare({
  dataCount,
  parityCount,
}: (typeof shapes)[number]): Record<Operation, (codec: ErasureCodec, round: number) => void> {
  const stripes = Array.from({ length: coldStripes }, (_, stripe) =>
    Array.from({ length: dataCount }, (_, slot) => pattern(stripe * dataCount + slot)),
  );
  const data = stripes[0] as Uint8Array[];
  const parity = Array.from({ length: parityCount }, () => new Uint8Array(shardBytes));
  const wanted = Array.from({ length: parityCount }, (_, slot) => slot);
  const shardLengths = data.map(({ length }) => length);
  const survivors: (Uint8Array | undefined)[] = [...data, ...parity.map((_, slot) => pattern(slot))];
  for (const slot of wanted) survivors[slot] = undefined;
  return {
    encode: (codec) => codec.encode(data, parityCount, parity),
    'encode-cold': (codec, round) => codec.encode(stripes[round % coldStripes] as Uint8Array[], parityCount, parity),
    reconstruct: (codec) =>
      codec.reconstruct({ dataCount, parityCount, shardLengths, shards: survivors, wanted, into: parity }),
  };
}

/** Bytes that do not repeat within a strip; the speed of both backends does not depend on them. */
function pattern(seed: number): Uint8Array {
  return new Uint8Array(shardBytes).map((_, index) => index * 31 + (index >> 8) + seed);
}

function bytesPerCpuSecond(bytesPerRound: number, round: (index: number) => void): number {
  const start = ownCpuSeconds();
  let rounds = 0;
  let elapsed = 0;
  while (elapsed < windowSeconds) {
    round(rounds++);
    elapsed = ownCpuSeconds() - start;
  }
  return (rounds * bytesPerRound) / elapsed;
}
