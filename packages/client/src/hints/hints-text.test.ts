import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorCode } from '@tessera/protocol';
import { type Hints, hintFields } from './hints.js';
import { parseHints } from './hints-text.js';

test('hints are read from text', () => {
  assert.deepEqual(parseHints(''), {});
  assert.deepEqual(
    parseHints(' redundancy=copies-3\tsegment-bytes=4M durability=written width=2 server-order=list \n servers=3,1 '),
    {
      redundancy: 'copies-3',
      segmentBytes: 4 * 1024 * 1024,
      durability: 'written',
      width: 2,
      serverOrder: 'list',
      servers: [3, 1],
    },
  );
  const { distribution, startServer, servers } = parseHints(
    'distribution=varstrip_dist:strips=0:65536;1:1M start-server=7 servers=any',
  );
  assert.deepEqual(
    { distribution, startServer, servers },
    {
      distribution: 'varstrip:strips=0:64K;1:1M',
      startServer: 7,
      servers: [],
    },
  );
});

test('what is unknown or cannot be is refused, with where it stands', () => {
  const refused = (text: string, code: ErrorCode, message: RegExp) =>
    assert.throws(() => parseHints(text, 'TESSERA_HINTS'), { code, message });
  refused('redundnacy=copies-3', 'INVALID_ARGUMENT', /^TESSERA_HINTS: 'redundnacy' is unknown; known: redundancy, /);
  refused('segmentBytes=1', 'INVALID_ARGUMENT', /'segmentBytes' is unknown; .*segment-bytes/);
  refused('width', 'INVALID_ARGUMENT', /width has no value; write width=…/);
  refused('width=', 'INVALID_ARGUMENT', /width has no value/);
  refused('width=1 width=2', 'INVALID_ARGUMENT', /width is given twice/);
  refused('width=two', 'INVALID_ARGUMENT', /width has 'two'/);
  refused('start-server=-1', 'INVALID_ARGUMENT', /start-server has '-1'/);
  refused('servers=1,,2', 'INVALID_ARGUMENT', /servers has ''/);
  refused('segment-bytes=1T', 'INVALID_LAYOUT', /^TESSERA_HINTS: segment-bytes is '1T'/);
  refused('redundancy=raid-5', 'INVALID_LAYOUT', /^TESSERA_HINTS: redundancy 'raid-5'/);
  refused('server-order=nearest', 'INVALID_LAYOUT', /serverOrder 'nearest' is unknown; known: any, in-order/);
  refused('durability=maybe', 'INVALID_LAYOUT', /durability 'maybe'/);
  refused('distribution=random', 'INVALID_LAYOUT', /'random' is unknown/);
});

test('later hints win field by field, and without any there is nothing to send', () => {
  assert.equal(hintFields(), undefined);
  assert.equal(hintFields(undefined, {}), undefined);
  const fields = hintFields({ width: 3, redundancy: 'copies-2' }, undefined, { width: 0 });
  assert.deepEqual([fields?.width, { ...fields?.redundancy }], [0, { data: 1, parity: 1 }]);
  assert.throws(() => hintFields({ mixing: 'file' } as Hints), {
    code: 'INVALID_ARGUMENT',
    message: /hint 'mixing' is unknown; known: redundancy, segmentBytes/,
  });
  assert.throws(() => hintFields({ width: 1.5 }), { code: 'INVALID_LAYOUT', message: /width is 1.5/ });
});
