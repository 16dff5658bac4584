import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OracleViolation } from '../oracle/violation.js';
import { Cell, overwritten } from './cell.js';

const BEFORE = Uint8Array.of(1, 1, 1);
const AFTER = Uint8Array.of(1, 2, 3, 4);

function cellWith(content: Uint8Array): Cell {
  const cell = new Cell('/cell');
  cell.begin(content);
  cell.done();
  return cell;
}

test('a file holds what was answered, and nothing else', () => {
  cellWith(BEFORE).look(BEFORE);
  for (const found of [AFTER, BEFORE.subarray(1), new Uint8Array(), undefined]) {
    assert.throws(() => cellWith(BEFORE).look(found), OracleViolation);
  }
});

test('a change without an answer has happened or not, and then stays so', () => {
  const doubted = () => {
    const cell = cellWith(BEFORE);
    cell.begin(AFTER);
    return cell;
  };
  for (const found of [BEFORE, AFTER]) {
    const cell = doubted();
    assert.ok(cell.isDoubted);
    cell.look(found);
    cell.look(found);
    assert.throws(() => cell.look(found === BEFORE ? AFTER : BEFORE), OracleViolation);
  }
  for (const found of [Uint8Array.of(1, 2, 1), Uint8Array.of(1, 1, 1, 4), undefined]) {
    assert.throws(() => doubted().look(found), OracleViolation);
  }
});

test('a change of several commits may have happened in part, byte by byte', () => {
  const doubted = () => {
    const cell = cellWith(BEFORE);
    cell.begin(AFTER, false);
    return cell;
  };
  for (const found of [BEFORE, AFTER, Uint8Array.of(1, 2, 1), Uint8Array.of(1, 1, 3, 4)]) doubted().look(found);
  for (const found of [Uint8Array.of(1, 3, 3), Uint8Array.of(1, 1), Uint8Array.of(1, 1, 1, 1, 1)]) {
    assert.throws(() => doubted().look(found), OracleViolation);
  }
});

test('what was refused as a whole has not happened; of what has parts, some may', () => {
  const whole = cellWith(BEFORE);
  whole.begin(AFTER);
  whole.refused();
  assert.throws(() => whole.look(AFTER), OracleViolation);
  const parts = cellWith(BEFORE);
  parts.begin(AFTER, false);
  parts.refused();
  parts.look(AFTER);
});

test('a file whose making has no answer may be there or not', () => {
  const made = () => {
    const cell = new Cell('/cell');
    cell.begin(AFTER);
    return cell;
  };
  made().look(undefined);
  made().look(AFTER);
  assert.throws(() => made().look(BEFORE), OracleViolation);
  const found = made();
  found.look(AFTER);
  assert.throws(() => found.look(undefined), OracleViolation);
});

test('parts go over what was there, and none makes a file longer without bytes', () => {
  const parts = [
    { offset: 4, data: Uint8Array.of(9) },
    { offset: 1, data: Uint8Array.of(8, 8) },
    { offset: 7, data: new Uint8Array() },
  ];
  assert.deepEqual(overwritten(BEFORE, parts), Uint8Array.of(1, 8, 8, 0, 9));
});
