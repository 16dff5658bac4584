import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { planStep } from './plan.js';
import type { TreeNode } from './tree-node.js';

const file: TreeNode = { relative: 'a', kind: 'file', bytes: 10, modifiedNs: 1_000_000_000n, mode: 0o644 };
const link: TreeNode = { ...file, kind: 'symlink' };
const NO = { replace: false, checksum: false };
const REPLACE = { replace: true, checksum: false };
const CHECKSUM = { replace: false, checksum: true };

describe('what becomes of a file', () => {
  for (const [what, source, there, options, step] of [
    ['new', file, undefined, NO, 'store'],
    ['the same', file, file, NO, 'leave'],
    ['the same, when differing ones are replaced', file, file, REPLACE, 'leave'],
    ['within what local file systems keep of a time', file, { ...file, modifiedNs: 1_000_001_999n }, NO, 'leave'],
    ['of another mode', file, { ...file, mode: 0o600 }, NO, 'leave'],
    ['of another time', file, { ...file, modifiedNs: 1_000_002_001n }, REPLACE, 'store'],
    ['older than what is there', { ...file, modifiedNs: 5n }, file, REPLACE, 'store'],
    ['of another length', file, { ...file, bytes: 11 }, REPLACE, 'store'],
    ['of one length, when contents are compared', file, { ...file, modifiedNs: 5n }, CHECKSUM, 'compare'],
    ['of one length and time, when contents are compared', file, file, CHECKSUM, 'compare'],
    ['a link in place of a file', link, file, REPLACE, 'store'],
    ['a file in place of a link', file, link, REPLACE, 'store'],
    ['a link where one is', link, link, NO, 'compare'],
  ] as const) {
    it(`${what}: ${step}`, () => assert.equal(planStep(source, there, '/a', options), step));
  }

  for (const [what, source, there, options, code] of [
    ['another time', file, { ...file, modifiedNs: 5n }, NO, 'EXISTS'],
    ['another length', file, { ...file, bytes: 11 }, CHECKSUM, 'EXISTS'],
    ['a link there', file, link, NO, 'EXISTS'],
    ['a directory there', file, { ...file, kind: 'directory' }, REPLACE, 'IS_A_DIRECTORY'],
  ] as const) {
    it(`${what}: ${code}`, () => assert.throws(() => planStep(source, there, '/a', options), { code, message: /\/a/ }));
  }
});
