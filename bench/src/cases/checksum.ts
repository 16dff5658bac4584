import { blockChecksums } from '@tessera/protocol';
import type { BenchCase } from '../bench-case.js';
import { Contents } from '../contents.js';
import { ownCpuSeconds } from '../cpu.js';
import { FILE_BYTES } from '../layouts.js';
import { median } from '../result.js';

const WINDOW_SECONDS = 0.3;

/** XXH64 of 64 KiB blocks, the copy into WebAssembly memory included, over more bytes than caches hold. */
export const checksum: BenchCase = {
  name: 'checksum',
  summary: 'block checksums of 512 KiB shards in memory',
  variants: ['checksum'],
  isDefault: true,
  async run({ repetitions }) {
    const contents = new Contents();
    const rates: number[] = [];
    // One window to warm up.
    for (let window = 0; window <= repetitions; window++) {
      const from = ownCpuSeconds();
      let shards = 0;
      let elapsed = 0;
      while (elapsed < WINDOW_SECONDS) {
        blockChecksums(contents.bytes(shards++, FILE_BYTES));
        elapsed = ownCpuSeconds() - from;
      }
      if (window > 0) rates.push((shards * FILE_BYTES) / elapsed);
    }
    const value = median(rates);
    return [{ name: 'checksum', value: value / 1e9, unit: 'GB per CPU-second', cpuSecondsPerGiB: 2 ** 30 / value }];
  },
};
