import type { DirectoryLayout } from '@tessera/client';
import type { SequentialModel } from '../../linearizability/history.js';
import type { CommonsAction, CommonsAnswer, CommonsChange, CommonsRead } from './action.js';
import { execute, isCondemned } from './change.js';
import { look } from './look.js';
import { CommonsState } from './state.js';

const READS: ReadonlySet<CommonsAction['type']> = new Set<CommonsRead['type']>([
  'stat',
  'get',
  'open',
  'list',
  'list with attributes',
  'readlink',
  'get layout',
  'get xattr',
  'list xattrs',
  'read open',
]);

export function isRead(action: CommonsAction): action is CommonsRead {
  return READS.has(action.type);
}

/** The namespace when clients come one after the other, from a directory without anything on that has this layout. */
export function commonsModel(
  layout: Partial<DirectoryLayout>,
): SequentialModel<CommonsState, CommonsAction, CommonsAnswer> {
  return {
    initial: CommonsState.empty(layout),
    step: (state, action, answer) => (isRead(action) ? seen(state, action, answer) : changed(state, action, answer)),
    keyOf: ({ key }) => key,
  };
}

function seen(state: CommonsState, read: CommonsRead, answer: CommonsAnswer | undefined): CommonsState | undefined {
  if (answer === undefined) return state;
  if (read.type === 'read open' && state.condemned.has(read.inode)) return state;
  const expected = look(state, read);
  if (typeof expected === 'string') return answer.word === expected ? state : undefined;
  if (answer.word !== expected.word) return undefined;
  return expected.node === undefined ? state : told(state, expected.node, answer);
}

function changed(
  state: CommonsState,
  change: CommonsChange,
  answer: CommonsAnswer | undefined,
): CommonsState | undefined {
  if (isCondemned(state, change, answer)) return state;
  if (isRefusedEarly(change, answer)) return state;
  const outcome = execute(state, change);
  if (typeof outcome === 'string') return answer === undefined || answer.word === outcome ? state : undefined;
  if (answer === undefined) return outcome.state;
  if (answer.word !== (outcome.word ?? 'done')) return undefined;
  return outcome.told === undefined ? outcome.state : told(outcome.state, outcome.told, answer);
}

/** What cannot be is refused before the namespace is asked; so are puts for whose data there can be no place. */
function isRefusedEarly(change: CommonsChange, answer: CommonsAnswer | undefined): boolean {
  if (change.type !== 'set layout' && change.type !== 'put') return false;
  const { refusal, type } = change;
  return refusal !== undefined && answer?.word === refusal && (type === 'put' || refusal === 'INVALID_LAYOUT');
}

/** Which node it is, and how many names it has, as the cluster said. */
function told(state: CommonsState, id: number, { inode, links }: CommonsAnswer): CommonsState | undefined {
  const node = state.node(id);
  if (links !== undefined && node.kind !== 'directory' && !state.areLinksUnsure && links !== state.links(id)) {
    return undefined;
  }
  if (inode === undefined || inode === node.inode) return state;
  if (node.inode !== undefined || state.byInode(inode) !== undefined) return undefined;
  return state.with(id, { ...node, inode });
}
