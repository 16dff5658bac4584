import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TesseraError } from '@tessera/client';
import { Context } from './context.js';
import { ExitCode } from './exit-code.js';
import { memoryTerminal } from './testing/memory-terminal.js';

const missing = new TesseraError('NOT_FOUND', 'gone');

describe('commands on several things', () => {
  it('end with the only thing’s own code', () => {
    const context = new Context(memoryTerminal());
    assert.equal(context.exitCode, ExitCode.OK);
    context.fail(missing, {}, { path: '/a' });
    assert.equal(context.exitCode, ExitCode.NOT_FOUND);
  });

  it('end with FAILURE when one of several failed', () => {
    const context = new Context(memoryTerminal());
    context.succeed();
    context.fail(missing, {}, { path: '/a' });
    assert.equal(context.exitCode, ExitCode.FAILURE);
  });

  it('report failures for people on stderr and as JSON on stdout', () => {
    const terminal = memoryTerminal();
    new Context(terminal).fail(missing, { json: true }, { path: '/a' }, '/a');
    const { stdout, stderr } = terminal.written();
    assert.deepEqual(JSON.parse(stdout.toString()), { path: '/a', error: { code: 'NOT_FOUND', message: 'gone' } });
    assert.equal(stderr.toString(), 'tessera: NOT_FOUND: /a: gone\n');
  });
});

describe('tables', () => {
  const columns = [{ title: 'name', value: (name: string) => name, isShrinkable: true }];
  const name = 'a-name-that-is-longer-than-the-line.dcm';

  it('fit a terminal, and are whole elsewhere', () => {
    for (const [columnCount, line] of [
      [20, 'a-name-tha…-line.dcm'],
      [undefined, name],
    ] as const) {
      const terminal = memoryTerminal({ columns: columnCount });
      new Context(terminal).printTable(columns, [name]);
      assert.equal(terminal.written().stdout.toString().split('\n')[1], line);
    }
  });
});
