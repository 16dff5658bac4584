import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatDuration, formatTimeNs, parseTimeNs } from './time.js';

describe('times', () => {
  it('read as UTC', () => assert.equal(formatTimeNs(1_790_000_000_123_456_789n), '2026-09-21T14:13:20.123Z'));

  for (const [text, timeNs] of [
    ['0', 0n],
    ['1790000000123456789', 1_790_000_000_123_456_789n],
    ['2026-09-21', 1_789_948_800_000_000_000n],
    ['2026-09-21T14:13:20Z', 1_790_000_000_000_000_000n],
    ['2026-09-21T16:13+02:00', 1_789_999_980_000_000_000n],
    ['2026-09-21T14:13:20.123456789Z', 1_790_000_000_123_456_789n],
    ['2026-09-21T14:13:20.5Z', 1_790_000_000_500_000_000n],
  ] as const) {
    it(`${text} is ${timeNs} ns`, () => assert.equal(parseTimeNs(text), timeNs));
  }

  for (const text of ['', 'noon', '2026-13-01', '2026-09-21T14:13:20', '2026-09-21 14:13', '-5', '1.5']) {
    it(`'${text}' is no time`, () => assert.throws(() => parseTimeNs(text), { code: 'INVALID_ARGUMENT' }));
  }

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
