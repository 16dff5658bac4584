// Prints GB/s of data per CPU-second of the SIMD kernel, copies included, for several sizes of its working memory: what
// kernelArenaBytes in src/limits.ts was chosen by. Run after a build: node packages/erasure/scripts/measure-arena.mjs
import { EngineCodec } from '../dist/codec.js';
import { SimdEngine } from '../dist/simd-engine.js';

const arenaKiBs = [64, 128, 256, 512, 1024, 2048, 4096];
const shapes = [
  { dataCount: 4, parityCount: 2, shardBytes: 512 * 1024 },
  { dataCount: 8, parityCount: 4, shardBytes: 512 * 1024 },
  { dataCount: 32, parityCount: 16, shardBytes: 128 * 1024 },
];
const rounds = 15;
const roundCpuMicros = 10_000;

for (const { dataCount, parityCount, shardBytes } of shapes) {
  const data = Array.from({ length: dataCount }, (_, slot) => new Uint8Array(shardBytes).fill(slot + 1));
  const parity = Array.from({ length: parityCount }, () => new Uint8Array(shardBytes));
  const cases = arenaKiBs.map((arenaKiB) => {
    const codec = new EngineCodec(new SimdEngine(arenaKiB * 1024));
    for (let warmup = 0; warmup < 30; warmup++) codec.encode(data, parityCount, parity);
    return { arenaKiB, codec, rates: [] };
  });
  // Sizes take turns, so that a slow spell of the machine hits all of them.
  for (let round = 0; round < rounds; round++) {
    for (const { codec, rates } of cases) rates.push(rate(codec));
  }
  for (const { arenaKiB, rates } of cases) {
    rates.sort((a, b) => a - b);
    const median = rates[rates.length >> 1].toFixed(2);
    console.log(
      `rs-${dataCount}-${parityCount} arena ${arenaKiB} KiB: median ${median}, best ${rates.at(-1).toFixed(2)}`,
    );
  }

  function rate(codec) {
    const start = process.cpuUsage();
    let bytes = 0;
    let micros = 0;
    while (micros < roundCpuMicros) {
      codec.encode(data, parityCount, parity);
      bytes += dataCount * shardBytes;
      const { user, system } = process.cpuUsage(start);
      micros = user + system;
    }
    return bytes / micros / 1000;
  }
}
