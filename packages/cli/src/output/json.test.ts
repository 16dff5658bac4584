import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toJson } from './json.js';

describe('JSON output', () => {
  it('writes ids as hexadecimal text, times and versions as decimal text, bytes as hexadecimal', () => {
    const value = {
      inode: 0x10000000001n,
      modifiedNs: 1_790_000_000_000_000_001n,
      version: 42n,
      clusterId: new Uint8Array([0, 255]),
      nested: [{ stripe: 1n }],
      bytes: 7,
      none: null,
    };
    assert.deepEqual(JSON.parse(toJson(value)), {
      inode: '0000010000000001',
      modifiedNs: '1790000000000000001',
      version: '42',
      clusterId: '00ff',
      nested: [{ stripe: '0000000000000001' }],
      bytes: 7,
      none: null,
    });
  });

  it('is one line', () => assert.equal(toJson({ text: 'a\nb' }), '{"text":"a\\nb"}'));
});
