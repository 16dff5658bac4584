import type { CommonsAnswer, CommonsChange } from './action.js';
import { findPlace, namesOf, type Place, placeIn, type Refusal, resolveNode, walkDirectories } from './resolve.js';
import { type CommonsNode, type CommonsState, newDirectory, newFile, newSymlink } from './state.js';

/**
 * What a change comes to: the state after it, which node the answer tells of, and what it says (default `done`); or why
 * it is refused.
 */
export type Outcome = { readonly state: CommonsState; readonly told?: number; readonly word?: string } | Refusal;

/** What a change makes has numbers from here on: itself, then parents that were made for it. */
const NUMBERS_PER_CHANGE = 8;

/** What a file cannot set itself. */
const DIRECTORY_FIELDS = ['mixing', 'failureDomain', 'shardsPerDomain', 'placementLabels', 'inlineBytes'] as const;

/** What a change does to the namespace when nothing else goes on. */
export function execute(state: CommonsState, change: CommonsChange): Outcome {
  const id = change.id * NUMBERS_PER_CHANGE;
  switch (change.type) {
    case 'put': {
      const { path, tag, replace, makeParents, hints, refusal } = change;
      const outcome = make(state, path, { ...newFile(tag), layout: hints }, { id, replace, makeParents });
      return typeof outcome === 'string' ? outcome : (refusal ?? outcome);
    }
    case 'touch':
      return touch(state, change.path, change.create, id);
    case 'mkdir':
      return mkdir(state, change.path, change.parents, id);
    case 'symlink':
      return make(state, change.path, newSymlink(change.target), { id, replace: change.replace, makeParents: false });
    case 'link':
      return link(state, change.existing, change.path);
    case 'rename':
      return rename(state, change.from, change.to, change.replace);
    case 'remove':
      return remove(state, change.path, change.recursive);
    case 'copy':
      return copy(state, change.from, change.to, change.replace, id);
    case 'set attributes': {
      const { mode, uid, gid } = change;
      return changed(state, resolveNode(state, change.path, change.follow), (node) => ({ ...node, mode, uid, gid }));
    }
    case 'set xattr':
      return setXattr(state, change);
    case 'remove xattr':
      return removeXattr(state, change);
    case 'set layout': {
      const found = resolveNode(state, change.path);
      if (typeof found === 'string') return found;
      const isFile = state.node(found).kind === 'file';
      if (isFile && DIRECTORY_FIELDS.some((field) => change.layout[field] !== undefined)) return 'INVALID_ARGUMENT';
      if (change.refusal) return change.refusal;
      return changed(state, found, (node) => ({ ...node, layout: change.layout }));
    }
    case 'cut open':
      return changed(state, state.byInode(change.inode) ?? 'NOT_FOUND', (node) => ({
        ...node,
        ...(node.kind === 'file' && { tag: { id: change.id, bytes: 0 } }),
      }));
  }
}

/** Whether the change may be answered so where its file goes away by and by. */
export function isCondemned(state: CommonsState, change: CommonsChange, answer: CommonsAnswer | undefined): boolean {
  if (change.type !== 'cut open' || !state.condemned.has(change.inode)) return false;
  return answer === undefined || answer.word === 'done' || answer.word === 'NOT_FOUND';
}

function make(
  state: CommonsState,
  path: string,
  node: CommonsNode,
  { id, replace, makeParents }: { id: number; replace: boolean; makeParents: boolean },
): Outcome {
  const found = findOrMake(state, path, makeParents, id);
  if (typeof found === 'string') return found;
  const { state: ready, place } = found;
  const refusal = occupied(ready, place, replace);
  if (refusal) return refusal;
  return { state: placed(ready.with(id, node), place, id), told: id };
}

/** What had the name loses it. */
function placed(state: CommonsState, place: Place, id: number): CommonsState {
  const free = place.id === undefined ? state : withoutName(state, place, id);
  return free.withEntry(place.directory, place.name, id);
}

/** `coming` has no name yet and stays. */
function withoutName(state: CommonsState, { directory, name }: Place, coming: number): CommonsState {
  const node = state.node(coming);
  return state.withoutEntry(directory, name).with(coming, node);
}

function occupied(state: CommonsState, { id }: Place, replace: boolean): Refusal | undefined {
  if (id === undefined) return undefined;
  if (state.node(id).kind === 'directory') return 'IS_A_DIRECTORY';
  return replace ? undefined : 'EXISTS';
}

function findOrMake(
  state: CommonsState,
  path: string,
  makeParents: boolean,
  id: number,
): { state: CommonsState; place: Place } | Refusal {
  if (!makeParents) {
    const place = findPlace(state, path);
    return typeof place === 'string' ? place : { state, place };
  }
  const names = namesOf(path);
  const name = names.at(-1) as string;
  const parents = names.slice(0, -1);
  const walk = walkDirectories(state, parents, { count: 0 });
  if (typeof walk === 'string') return walk;
  if (walk.walked === parents.length) return { state, place: placeIn(state, walk.directory, name) };
  let { directory } = walk;
  let after = state;
  for (const [index, parent] of parents.slice(walk.walked).entries()) {
    const made = id + 1 + index;
    after = after.with(made, newDirectory()).withEntry(directory, parent, made);
    directory = made;
  }
  return { state: after, place: { directory, name, id: undefined } };
}

function touch(state: CommonsState, path: string, create: boolean, id: number): Outcome {
  const place = create ? findPlace(state, path) : undefined;
  if (typeof place === 'string') return place;
  if (place !== undefined && place.id === undefined) {
    const made = state.with(id, newFile({ id: id / NUMBERS_PER_CHANGE, bytes: 0 }));
    return { state: placed(made, place, id), told: id, word: 'created' };
  }
  return changed(state, resolveNode(state, path), (node) => node);
}

function mkdir(state: CommonsState, path: string, parents: boolean, id: number): Outcome {
  const found = findOrMake(state, path, parents, id);
  if (typeof found === 'string') return found;
  const { state: ready, place } = found;
  if (place.id === undefined) {
    return { state: placed(ready.with(id, newDirectory()), place, id), told: id, word: 'created' };
  }
  if (!parents) return 'EXISTS';
  const there = resolveNode(state, path);
  if (typeof there === 'string') return there;
  return state.node(there).kind === 'directory' ? { state, told: there } : 'EXISTS';
}

function link(state: CommonsState, existing: string, path: string): Outcome {
  const id = resolveNode(state, existing, false);
  if (typeof id === 'string') return id;
  if (state.node(id).kind === 'directory') return 'IS_A_DIRECTORY';
  const place = findPlace(state, path);
  if (typeof place === 'string') return place;
  return place.id === undefined ? { state: placed(state, place, id), told: id } : 'EXISTS';
}

function rename(state: CommonsState, fromPath: string, toPath: string, replace: boolean): Outcome {
  const from = findPlace(state, fromPath);
  if (typeof from === 'string') return from;
  if (from.id === undefined) return 'NOT_FOUND';
  const to = findPlace(state, toPath);
  if (typeof to === 'string') return to;
  if (to.id === from.id) return { state, told: from.id };
  const moved = state.node(from.id);
  const isDirectory = moved.kind === 'directory';
  if (isDirectory && state.isUnder(to.directory, from.id)) return 'INVALID_ARGUMENT';
  if (to.id !== undefined) {
    if (!replace) return 'EXISTS';
    const there = state.node(to.id);
    if (there.kind !== 'directory') {
      if (isDirectory) return 'NOT_A_DIRECTORY';
    } else {
      if (!isDirectory) return 'IS_A_DIRECTORY';
      if (there.entries.size > 0) return 'NOT_EMPTY';
    }
  }
  // It has the new name before it loses the old one, so that nothing below it is taken for gone.
  const holder = state.directory(to.directory);
  const arrived = state.with(to.directory, {
    ...holder,
    entries: new Map(holder.entries).set(to.name, from.id),
  });
  return { state: arrived.withoutEntry(from.directory, from.name), told: from.id };
}

function remove(state: CommonsState, path: string, recursive: boolean): Outcome {
  const place = findPlace(state, path);
  if (typeof place === 'string') return place;
  if (place.id === undefined) return 'NOT_FOUND';
  const there = state.node(place.id);
  if (there.kind === 'directory' && there.entries.size > 0 && !recursive) return 'NOT_EMPTY';
  return { state: state.withoutEntry(place.directory, place.name) };
}

function copy(state: CommonsState, from: string, to: string, replace: boolean, id: number): Outcome {
  const source = resolveNode(state, from);
  if (typeof source === 'string') return source;
  const node = state.node(source);
  if (node.kind !== 'file') return 'IS_A_DIRECTORY';
  const place = findPlace(state, to);
  if (typeof place === 'string') return place;
  const refusal = occupied(state, place, replace);
  if (refusal) return refusal;
  if (place.id === source) return 'INVALID_ARGUMENT';
  const { mode, uid, gid } = node;
  return { state: placed(state.with(id, { ...newFile(node.tag), mode, uid, gid }), place, id), told: id };
}

function setXattr(state: CommonsState, change: Extract<CommonsChange, { type: 'set xattr' }>): Outcome {
  const found = resolveNode(state, change.path, change.follow);
  if (typeof found === 'string') return found;
  const { name, value, ifValue, mode } = change;
  const { xattrs } = state.node(found);
  if (ifValue !== undefined && xattrs.get(name) !== ifValue) return 'CHANGED';
  if (mode === 'create' && xattrs.has(name)) return 'EXISTS';
  if (mode === 'replace' && !xattrs.has(name)) return 'NOT_FOUND';
  return changed(state, found, (node) => ({ ...node, xattrs: new Map(xattrs).set(name, value) }));
}

function removeXattr(state: CommonsState, change: Extract<CommonsChange, { type: 'remove xattr' }>): Outcome {
  const found = resolveNode(state, change.path, change.follow);
  if (typeof found === 'string') return found;
  const { xattrs } = state.node(found);
  if (change.ifValue !== undefined && xattrs.get(change.name) !== change.ifValue) return 'CHANGED';
  if (!xattrs.has(change.name)) return { state, word: 'absent' };
  const left = new Map(xattrs);
  left.delete(change.name);
  return { state: state.with(found, { ...state.node(found), xattrs: left }), word: 'removed' };
}

function changed(state: CommonsState, found: number | Refusal, change: (node: CommonsNode) => CommonsNode): Outcome {
  if (typeof found === 'string') return found;
  return { state: state.with(found, change(state.node(found))), told: found };
}
