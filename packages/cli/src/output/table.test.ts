import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Column, formatFields, formatTable, printable } from './table.js';

interface Row {
  name: string;
  bytes: number;
}

const columns: Column<Row>[] = [
  { title: 'name', value: (row) => row.name },
  { title: 'bytes', value: (row) => row.bytes, align: 'right' },
];

describe('tables', () => {
  it('align columns and end lines without spaces', () => {
    const table = formatTable(columns, [
      { name: 'brain_001.dcm', bytes: 2_623_282 },
      { name: 'é', bytes: 5 },
    ]);
    assert.equal(table, ['name             bytes', 'brain_001.dcm  2623282', 'é                    5'].join('\n'));
  });

  it('fit a line by taking the middle out of what may shrink, and no more than needed', () => {
    const shrinking: Column<Row>[] = [
      { ...(columns[0] as Column<Row>), isShrinkable: true },
      columns[1] as Column<Row>,
    ];
    const rows = [
      { name: 'patient-0042-series-7-slice-0001.dcm', bytes: 12_345 },
      { name: 'short', bytes: 1 },
    ];
    const fitted = formatTable(shrinking, rows, 30);
    assert.deepEqual(fitted.split('\n'), [
      'name                     bytes',
      'patient-004…ce-0001.dcm  12345',
      'short                        1',
    ]);
    assert.equal(formatTable(shrinking, rows, 43), formatTable(shrinking, rows));
    const narrow = formatTable(shrinking, rows, 5).split('\n');
    assert.equal(narrow[1], 'pati….dcm  12345');
    assert.equal(formatTable(columns, rows, 5), formatTable(columns, rows));
  });

  it('keep their titles when there are no rows', () => assert.equal(formatTable(columns, []), 'name  bytes'));

  it('show control characters instead of obeying them', () => {
    const table = formatTable(columns, [{ name: 'a\u001b[2J\nb', bytes: 1 }]);
    assert.equal(table.split('\n').length, 2);
    assert.match(table, /a\\x1b\[2J\\x0ab/);
    assert.equal(printable('plain ü 語'), 'plain ü 語');
  });

  it('align fields', () => {
    assert.equal(
      formatFields([
        ['kind', 'file'],
        ['modified', 3],
      ]),
      'kind      file\nmodified  3',
    );
  });
});
