import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { distribute, parseDistribution, positionWindow, preferredServer, segmentPositions } from './index.js';
import { caseFrom, deal } from './testing/dealt.js';

const anyCase = fc.uint8Array({ minLength: 30, maxLength: 30 }).map(caseFrom);

test('a segment prefers the server that holds most of it, of several the one that comes first', () => {
  fc.assert(
    fc.property(anyCase, fc.nat({ max: 150 }), fc.integer({ min: 1, max: 100 }), ({ spec, base }, offset, length) => {
      const held = new Map<number, number>();
      for (const { server } of deal(spec, base, offset + length).slice(offset)) {
        held.set(server, (held.get(server) ?? 0) + 1);
      }
      const most = Math.max(...held.values());
      // A Map keeps the order in which the servers came.
      const expected = [...held].find(([, bytes]) => bytes === most)?.[0];
      assert.equal(preferredServer(distribute(spec, base), offset, length), expected);
    }),
  );
});

test('every segment has all positions, its server first, then the window, then the rest', () => {
  const group = fc.integer({ min: 7, max: 16 }).chain((positionCount) =>
    fc.record({
      positionCount: fc.constant(positionCount),
      width: fc.oneof(fc.constant(0), fc.integer({ min: 7, max: positionCount })),
      start: fc.nat({ max: positionCount - 1 }),
    }),
  );
  fc.assert(
    fc.property(anyCase, group, fc.nat({ max: 100 }), ({ spec, base }, choice, segment) => {
      const { segmentBytes } = base;
      const distribution = distribute(spec, base);
      const window = positionWindow(choice);
      const { positionCount } = choice;
      const positions = segmentPositions({ distribution, window, positionCount, segmentBytes })(segment);
      assert.deepEqual(
        [...positions].sort((a, b) => a - b),
        Array.from({ length: positionCount }, (_, at) => at),
      );
      assert.equal(positions[0], window[preferredServer(distribution, segment * segmentBytes, segmentBytes)]);
      assert.deepEqual(new Set(positions.slice(0, window.length)), new Set(window));
    }),
  );
});

function firstChoices(text: string, window: readonly number[], segments: number): (number | undefined)[] {
  const distribution = distribute(parseDistribution(text), { servers: window.length, segmentBytes: 1024 });
  const positions = segmentPositions({ distribution, window, positionCount: 8, segmentBytes: 1024 });
  return Array.from({ length: segments }, (_, segment) => positions(segment)[0]);
}

test('segments follow the distribution over the window', () => {
  const window = positionWindow({ positionCount: 8, width: 4, start: 6 });
  assert.deepEqual(window, [6, 7, 0, 1]);
  assert.deepEqual(firstChoices('basic', window, 3), [6, 6, 6]);
  assert.deepEqual(firstChoices('simple_stripe', window, 6), [6, 7, 0, 1, 6, 7]);
  assert.deepEqual(firstChoices('simple_stripe:strip_size=2K', window, 6), [6, 6, 7, 7, 0, 0]);
  assert.deepEqual(firstChoices('twod_stripe:group_strip_factor=2', window, 10), [6, 7, 6, 7, 0, 1, 0, 1, 6, 7]);
  assert.deepEqual(firstChoices('varstrip:strips=0:3K;1:1K', window, 6), [6, 6, 6, 7, 6, 6]);
  // A list of servers, in any order.
  assert.deepEqual(firstChoices('simple_stripe', [5, 2, 3], 5), [5, 2, 3, 5, 2]);
});

test('who stands in: the rest of the window, then the others, not always the same', () => {
  const distribution = distribute({ name: 'simple_stripe' }, { servers: 3, segmentBytes: 10 });
  const positions = segmentPositions({ distribution, window: [5, 2, 3], positionCount: 6, segmentBytes: 10 });
  assert.deepEqual(positions(0), [5, 2, 3, 0, 1, 4]);
  assert.deepEqual(positions(1), [2, 3, 5, 1, 4, 0]);
  assert.deepEqual(positions(2), [3, 5, 2, 4, 0, 1]);
  assert.deepEqual(positions(3), positions(0));
});

test('strips smaller than a segment: most bytes decide', () => {
  const window = [0, 1, 2, 3];
  // Half each: the one that comes first.
  assert.deepEqual(firstChoices('simple_stripe:strip_size=512', window, 4), [0, 2, 0, 2]);
  assert.deepEqual(firstChoices('varstrip:strips=0:100;1:924', window, 2), [1, 1]);
});

test('the last segment of the longest file has its position too', () => {
  const segmentBytes = 1024 * 1024;
  const distribution = distribute({ name: 'simple_stripe', stripBytes: 1000 }, { servers: 4, segmentBytes });
  const positions = segmentPositions({ distribution, window: [0, 1, 2, 3], positionCount: 4, segmentBytes });
  assert.equal(positions(2 ** 33 - 1).length, 4);
  assert.throws(() => positions(2 ** 33), { code: 'INVALID_ARGUMENT' });
  // Servers 0 and 1 hold nothing more up there: the end is in a strip of server 3.
  const narrow = distribute({ name: 'simple_stripe', stripBytes: 300 }, { servers: 4, segmentBytes });
  assert.equal(narrow.locate(Number.MAX_SAFE_INTEGER).server, 3);
  assert.equal(preferredServer(narrow, Number.MAX_SAFE_INTEGER - 350, 350), 2);
});

test('windows that cannot be are refused', () => {
  const refused = (call: () => unknown, code: string, message: RegExp) => assert.throws(call, { code, message });
  refused(
    () => positionWindow({ positionCount: 6, width: 7, start: 0 }),
    'LAYOUT_UNSATISFIABLE',
    /width is 7, but a placement group has 6 positions; use 1..6, or 0 for all/,
  );
  refused(() => positionWindow({ positionCount: 6, width: 0, start: 6 }), 'INVALID_ARGUMENT', /start is 6/);
  refused(() => positionWindow({ positionCount: 6, width: -1, start: 0 }), 'INVALID_ARGUMENT', /width is -1/);
  const distribution = distribute({ name: 'simple_stripe' }, { servers: 3, segmentBytes: 10 });
  const over = (window: number[]) => () =>
    segmentPositions({ distribution, window, positionCount: 6, segmentBytes: 10 });
  refused(over([0, 1]), 'INVALID_ARGUMENT', /the window has 2 positions, but this simple_stripe has 3 servers/);
  refused(over([0, 1, 1]), 'INVALID_ARGUMENT', /names a position twice: 0, 1, 1/);
  refused(over([0, 1, 6]), 'INVALID_ARGUMENT', /a position of the window is 6; .* positions 0..5/);
  const positions = segmentPositions({ distribution, window: [0, 1, 2], positionCount: 6, segmentBytes: 10 });
  refused(() => positions(-1), 'INVALID_ARGUMENT', /segment is -1/);
});
