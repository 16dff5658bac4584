import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { progressLine } from './progress-line.js';

const state = { elapsedMs: 2_000, files: 1, bytes: 10_000_000, filesFound: 4, bytesFound: 40_000_000, isCounted: true };

describe('progress', () => {
  it('tells files, bytes, rate and time left', () => {
    assert.equal(progressLine(state), '1/4 files · 9.54 MiB/38.1 MiB · 5.0 MB/s · 6.0 s left');
  });

  it('tells no time left while things are being counted, or before anything came', () => {
    assert.equal(progressLine({ ...state, isCounted: false }), '1/4+ files · 9.54 MiB/38.1 MiB+ · 5.0 MB/s');
    assert.equal(progressLine({ ...state, bytes: 0, files: 0 }), '0/4 files · 0 B/38.1 MiB · 0.0 MB/s');
  });

  it('tells none either when more came than was counted', () => {
    assert.equal(progressLine({ ...state, bytesFound: 5 }), '1/4 files · 9.54 MiB/5 B · 5.0 MB/s');
  });
});
