import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatDuration, formatTimeNs } from './time.js';

describe('times', () => {
  it('read as UTC', () => assert.equal(formatTimeNs(1_790_000_000_123_456_789n), '2026-09-21T14:13:20.123Z'));

  for (const [durationMs, text] of [
    [0.4, '0 ms'],
    [999, '999 ms'],
    [1500, '1.5 s'],
    [61_000, '1 min 1 s'],
    [3_660_000, '1 h 1 min'],
    [50 * 3_600_000, '2 d 2 h'],
  ] as const) {
    it(`${durationMs} ms is ${text}`, () => assert.equal(formatDuration(durationMs), text));
  }
});
