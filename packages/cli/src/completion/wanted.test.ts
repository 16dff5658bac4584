import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Context } from '../context.js';
import { createProgram } from '../program.js';
import { memoryTerminal } from '../testing/memory-terminal.js';
import { wantedAt } from './wanted.js';

const program = createProgram(new Context(memoryTerminal()));

test('words are completed to what may stand there', () => {
  const cases: [string[], ReturnType<typeof wantedAt>][] = [
    [['sta'], { kind: 'words', words: ['stat', 'status'] }],
    [['complet'], { kind: 'words', words: ['completion'] }],
    [['completion', ''], { kind: 'words', words: ['bash', 'fish', 'zsh'] }],
    [['layout', 'se'], { kind: 'words', words: ['set'] }],
    [['--json', 'layout', 's'], { kind: 'words', words: ['set'] }],
    [['--metaserver', '10.0.0.5:7070', 'mkd'], { kind: 'words', words: ['mkdir'] }],
    [['ls', '--lo'], { kind: 'words', words: ['--long'] }],
    [['ls', '--meta'], { kind: 'words', words: ['--metaserver'] }],
    [['ls', '--codec', ''], { kind: 'words', words: ['auto', 'library', 'simd'] }],
    [['ls', '--metaserver', ''], { kind: 'words', words: [] }],
    [['ls', '--metaserver=10.0.0.5:7070', '/stu'], { kind: 'remote', prefix: '/stu', mark: '' }],
    [['ls', '--metaserver=10.0'], { kind: 'words', words: [] }],
    [['ls', '--codec='], { kind: 'words', words: ['--codec=auto', '--codec=library', '--codec=simd'] }],
    [['ls', '--codec=s'], { kind: 'words', words: ['--codec=simd'] }],
    [['ls', '--config=x'], { kind: 'local' }],
    [['ls', '--long=x'], { kind: 'words', words: [] }],
    [['ls', '--config', 'x'], { kind: 'local' }],
    [['ls', '-l', '/stu'], { kind: 'remote', prefix: '/stu', mark: '' }],
    [['rm', '/a', '/b'], { kind: 'remote', prefix: '/b', mark: '' }],
    [['chmod', '6'], { kind: 'words', words: [] }],
    [['chmod', '640', '/b'], { kind: 'remote', prefix: '/b', mark: '' }],
    [['put', 'im'], { kind: 'local' }],
    [['get', '/a', ''], { kind: 'local' }],
    [['sync', ':/st'], { kind: 'remote', prefix: '/st', mark: ':' }],
    [['sync', './here', ':'], { kind: 'remote', prefix: '', mark: ':' }],
    [['sync', ':/a', './he'], { kind: 'local' }],
    [['sync', ''], { kind: 'local' }],
    [['sync', ':/a', ':/b', ':/c'], { kind: 'words', words: [] }],
    [['put', ':/a'], { kind: 'local' }],
    [['get', '/a', 'b', ''], { kind: 'words', words: [] }],
    [['xattr', 'get', '/a', 'us'], { kind: 'words', words: [] }],
    [['nonsense', 'x'], { kind: 'words', words: [] }],
  ];
  for (const [words, wanted] of cases) assert.deepEqual(wantedAt(program, words), wanted, words.join(' '));
});
