import assert from 'node:assert/strict';
import { ExitCode } from '../exit-code.js';
import { runInProcess } from './run-in-process.js';
import type { Finished, RunOptions } from './run-tessera.js';

/** The command in one place of work, and what tests expect of it. */
export function commandIn(options: RunOptions) {
  const tessera = (...args: string[]): Promise<Finished> => runInProcess(args, options);

  async function ends(code: number, args: readonly string[]): Promise<Finished> {
    const finished = await tessera(...args);
    assert.equal(finished.code, code, `tessera ${args.join(' ')}: ${finished.stderr}`);
    return finished;
  }

  return {
    tessera,
    succeeds: (...args: string[]): Promise<Finished> => ends(ExitCode.OK, args),
    /** With a message that has a code, and no stack. */
    async fails(code: number, message: RegExp, ...args: string[]): Promise<Finished> {
      const finished = await ends(code, args);
      assert.match(finished.stderr, message);
      assert.match(finished.stderr, /^(tessera|error): /m);
      assert.doesNotMatch(finished.stderr, /\n\s+at .*:\d+/);
      return finished;
    },
  };
}

export function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

/** The only line of output. */
export function jsonDocument(text: string): Record<string, unknown> {
  const lines = jsonLines(text);
  assert.equal(lines.length, 1);
  return lines[0] as Record<string, unknown>;
}
