import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testMap } from '../testing/test-map.js';
import { Locality } from './locality.js';

test('servers are local by their label or the host of their address', () => {
  const map = { current: testMap(4, []) };
  assert.deepEqual([...new Locality(map, ['host-3', 'elsewhere']).servers], [3]);
  assert.deepEqual([...new Locality(map, ['10.0.0.2', 'host-4']).servers], [2, 4]);
  assert.deepEqual(new Locality(map, ['host-1']).require(), [1]);
});

test('a newer map is looked at', () => {
  const map = { current: testMap(1, []) };
  const locality = new Locality(map, ['host-2']);
  assert.equal(locality.servers.size, 0);
  map.current = { ...testMap(2, []), version: 2 };
  assert.deepEqual([...locality.servers], [2]);
});

test('where no server is local the reason is told', () => {
  const locality = new Locality({ current: testMap(2, []) }, ['desk']);
  assert.throws(() => locality.require(), {
    code: 'LAYOUT_UNSATISFIABLE',
    message: /stands on this host, known as desk/,
  });
});
