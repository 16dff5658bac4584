import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { phaseResult, quantile, timePhase } from './phase.js';

const { signal } = new AbortController();

describe('phases', () => {
  it('call once for each file, never more at once than allowed', async () => {
    const called: number[] = [];
    let running = 0;
    let most = 0;
    const result = await timePhase('x', { files: 20, jobs: 3, bytes: 5 }, signal, async (index) => {
      most = Math.max(most, ++running);
      await turn();
      running--;
      called.push(index);
    });
    assert.equal(most, 3);
    assert.deepEqual(
      called.sort((one, other) => one - other),
      [...Array(20).keys()],
    );
    const { phase, files, bytes, p50Ms = -1, p99Ms = -1 } = result;
    assert.deepEqual([phase, files, bytes], ['x', 20, 100]);
    assert.ok(p50Ms >= 0 && p99Ms >= p50Ms);
  });

  it('end with the first failure', async () => {
    const failing = timePhase('x', { files: 9, jobs: 2, bytes: 0 }, signal, async (index) => {
      if (index === 3) throw new Error('three');
    });
    await assert.rejects(failing, /three/);
  });

  it('take quantiles by the nearest rank', () => {
    const hundred = Float64Array.from({ length: 100 }, (_, index) => index + 1);
    assert.deepEqual(
      [quantile(hundred, 0.5), quantile(hundred, 0.99), quantile([7], 0.5), quantile([], 0.5)],
      [50, 99, 7, 0],
    );
  });

  it('have no rate without time', () => assert.equal(phaseResult('x', 5, 0, 0).filesPerSecond, 0));
});
