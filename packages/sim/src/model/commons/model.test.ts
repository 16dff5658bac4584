import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CommonsAction, type CommonsAnswer, type CommonsChange, describe } from './action.js';
import { layoutWord } from './look.js';
import { commonsModel } from './model.js';
import type { CommonsState } from './state.js';

type Step = readonly [CommonsAction, string, Omit<CommonsAnswer, 'word'>?];
type Without<Change> = Change extends unknown ? Omit<Change, 'id'> : never;

const COMMONS = commonsModel({});

/** The state after all answers; fails at the first that cannot be. */
function explained(...steps: readonly Step[]): CommonsState {
  let state = COMMONS.initial;
  for (const [action, word, told] of steps) {
    const after = COMMONS.step(state, action, { word, ...told });
    assert.ok(after, `${describe(action)} cannot be answered ${word}`);
    state = after;
  }
  return state;
}

function refused(state: CommonsState, action: CommonsAction, word: string, told?: Omit<CommonsAnswer, 'word'>): void {
  assert.equal(COMMONS.step(state, action, { word, ...told }), undefined, `${describe(action)}: ${word} was explained`);
}

function changes(): (change: Without<CommonsChange>) => CommonsAction {
  let id = 0;
  return (change) => ({ id: ++id, ...change }) as CommonsAction;
}

const change = changes();
const put = (path: string, tag: number, more: object = {}) =>
  change({ type: 'put', path, tag: { id: tag, bytes: 10 }, replace: false, makeParents: false, hints: {}, ...more });
const mkdir = (path: string) => change({ type: 'mkdir', path, parents: false });
const symlink = (target: string, path: string) => change({ type: 'symlink', target, path, replace: false });
const link = (existing: string, path: string) => change({ type: 'link', existing, path });
const rename = (from: string, to: string, replace = true) => change({ type: 'rename', from, to, replace });
const remove = (path: string, recursive = false) => change({ type: 'remove', path, recursive });
const get = (path: string): CommonsAction => ({ type: 'get', path });
const stat = (path: string, follow = true): CommonsAction => ({ type: 'stat', path, follow });
const file = (mode = '644') => `file of 10, mode ${mode}, owner 0:0`;

test('names of one file, and links to it, are the same file', () => {
  const state = explained(
    [mkdir('s'), 'created'],
    [put('s/a', 1), 'done', { inode: 7n, links: 1 }],
    [link('s/a', 'b'), 'done', { inode: 7n, links: 2 }],
    [symlink('../b', 's/l'), 'done'],
    [change({ type: 'set attributes', path: 's/l', follow: true, mode: 0o600, uid: 0, gid: 0 }), 'done', { inode: 7n }],
    [remove('s/a'), 'done'],
    [stat('b'), file('600'), { inode: 7n, links: 1 }],
    [get('s/l'), '#1'],
    [{ type: 'read open', inode: 7n }, '#1'],
    [rename('b', 's/a'), 'done'],
    [get('s/l'), 'NOT_FOUND'],
  );
  refused(state, get('s/a'), '#2');
  refused(state, stat('s/a'), file());
  refused(state, stat('s/a'), file('600'), { inode: 8n });
  refused(state, stat('s/a'), file('600'), { links: 2 });
  const gone = explained([put('a', 1), 'done', { inode: 7n }], [put('a', 2, { replace: true }), 'done']);
  refused(gone, { type: 'read open', inode: 7n }, '#1');
  refused(gone, put('b', 3), 'done', { inode: 7n, links: 2 });
});

test('links lead where they say, in circles too, and parents are made on the way', () => {
  const state = explained(
    [symlink('l', 'l'), 'done'],
    [get('l'), 'LINK_LOOP'],
    [put('l/a', 1, { makeParents: true }), 'LINK_LOOP'],
    [put('s/t/a', 1, { makeParents: true }), 'done'],
    [symlink('s/t', 'k'), 'done'],
    [get('k/a'), '#1'],
    [rename('s', 'k/s'), 'INVALID_ARGUMENT'],
    [symlink('nowhere', 's/l'), 'done'],
    [{ type: 'readlink', path: 's/l' }, 'nowhere'],
    [{ type: 'list', path: 'k' }, 'a'],
    [remove('s'), 'NOT_EMPTY'],
    [change({ type: 'copy', from: 'k/a', to: 'k', replace: true }), 'done'],
    [get('k'), '#1'],
  );
  refused(state, { type: 'list', path: 's' }, 'l');
  refused(state, get('s/l'), '#1');
});

test('what goes with a tree goes by and by', () => {
  const state = explained(
    [put('s/a', 1, { makeParents: true }), 'done', { inode: 7n }],
    [put('s/b', 2), 'done', { inode: 8n }],
    [link('s/b', 'b'), 'done'],
    [remove('s', true), 'done'],
    [stat('b'), file(), { links: 2 }],
    [stat('b'), file(), { links: 1 }],
    [{ type: 'read open', inode: 7n }, '#1'],
    [{ type: 'read open', inode: 7n }, 'NOT_FOUND'],
  );
  refused(state, get('s/a'), '#1');
  refused(state, { type: 'read open', inode: 8n }, 'NOT_FOUND');
  const late = explained(
    [put('s/a', 1, { makeParents: true }), 'done', { inode: 7n }],
    [link('s/a', 'b'), 'done'],
    [remove('s', true), 'done'],
    [put('b', 2, { replace: true }), 'done'],
    [{ type: 'read open', inode: 7n }, '#1'],
    [{ type: 'read open', inode: 7n }, 'NOT_FOUND'],
  );
  refused(late, get('b'), '#1');
});

test('layouts come from above, and what cannot be is refused', () => {
  const layout = { redundancy: 'copies-3' };
  const state = explained(
    [mkdir('s'), 'created'],
    [change({ type: 'set layout', path: '', layout }), 'done'],
    [change({ type: 'set layout', path: 's', layout: { inlineBytes: 0 } }), 'done'],
    [change({ type: 'set layout', path: 's', layout: { width: 99 }, refusal: 'INVALID_LAYOUT' }), 'INVALID_LAYOUT'],
    [change({ type: 'set layout', path: 'x', layout: { width: 99 }, refusal: 'INVALID_LAYOUT' }), 'INVALID_LAYOUT'],
    [put('s/a', 1, { hints: { startServer: 2 } }), 'done'],
    [put('s/b', 1, { hints: {}, refusal: 'LAYOUT_UNSATISFIABLE' }), 'LAYOUT_UNSATISFIABLE'],
    [{ type: 'get layout', path: 's/a' }, layoutWord({ ...layout, inlineBytes: 0, startServer: 2 })],
    [change({ type: 'set layout', path: 's/a', layout: { width: 1 } }), 'done'],
    [change({ type: 'set layout', path: 's/a', layout: { inlineBytes: 0 } }), 'INVALID_ARGUMENT'],
    [{ type: 'get layout', path: 's/a' }, layoutWord({ ...layout, inlineBytes: 0, width: 1 })],
  );
  refused(state, { type: 'get layout', path: 's' }, layoutWord(layout));
  refused(state, change({ type: 'set layout', path: 's', layout, refusal: 'LAYOUT_UNSATISFIABLE' }), 'done');
  refused(state, put('s/b', 1, { refusal: 'INVALID_LAYOUT' }), 'done');
});

test('extended attributes are set under the conditions that were given', () => {
  const set = (value: string, more: object = {}) =>
    change({ type: 'set xattr', path: '', follow: true, name: 'x', value, ...more });
  const state = explained(
    [set('one', { mode: 'replace' }), 'NOT_FOUND'],
    [set('one', { mode: 'create' }), 'done'],
    [set('two', { mode: 'create' }), 'EXISTS'],
    [set('two', { ifValue: 'zero' }), 'CHANGED'],
    [set('two', { ifValue: 'one' }), 'done'],
    [{ type: 'list xattrs' }, 'x=two'],
    [change({ type: 'remove xattr', path: '', follow: true, name: 'y' }), 'absent'],
    [change({ type: 'remove xattr', path: '', follow: true, name: 'x' }), 'removed'],
    [{ type: 'get xattr', path: '', follow: true, name: 'x' }, 'absent'],
  );
  refused(state, { type: 'list xattrs' }, 'x=two');
  refused(state, set('one', { mode: 'create' }), 'EXISTS');
});
