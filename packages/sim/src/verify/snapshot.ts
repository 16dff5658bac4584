import type { Attributes, Client } from '@tessera/client';
import type { Tree } from '../model/tree.js';
import { codedError } from '../oracle/coded-error.js';
import { OracleViolation } from '../oracle/violation.js';
import { meaningOf } from '../workload/answers.js';
import type { Books } from '../workload/books.js';
import { contentOf, firstDifference } from '../workload/content.js';
import { attributesFit, showAttributes } from '../workload/operations/stat.js';
import type { Territory } from '../workload/territory.js';

/** A file's bytes, or why they cannot be had. */
type Content = { readonly bytes: Uint8Array } | { readonly lost: string };

interface SeenNode {
  readonly attributes: Attributes;
  /** Of a file. */
  readonly content?: Content;
}

/** All that stands in a territory at a time when nobody writes: paths as the model has them. */
export type Snapshot = ReadonlyMap<string, SeenNode>;

/** Reads a whole territory. Everything must be readable but what is not owed. @throws OracleViolation */
export async function takeSnapshot(client: Client, territory: Territory): Promise<Snapshot> {
  const nodes = new Map<string, SeenNode>();
  const files = new Map<string, { path: string; attributes: Attributes }>();
  const walk = async (directory: string): Promise<void> => {
    for await (const { text, attributes } of client.list(territory.absolute(directory), { attributes: true })) {
      const path = directory === '' ? text : `${directory}/${text}`;
      if (attributes === undefined) throw new OracleViolation(`${path} was listed without the attributes asked for`);
      nodes.set(path, { attributes });
      if (attributes.kind === 'directory') await walk(path);
      else files.set(territory.absolute(path), { path, attributes });
    }
  };
  try {
    await walk('');
  } catch (thrown) {
    throw unreadable(territory.root, codedError(thrown));
  }
  for await (const outcome of client.getMany(files.keys())) {
    const { path, attributes } = files.get(String(outcome.path)) as { path: string; attributes: Attributes };
    if (!outcome.ok && meaningOf(outcome.error.code) !== 'lost') throw unreadable(String(outcome.path), outcome.error);
    nodes.set(path, { attributes, content: outcome.ok ? { bytes: outcome.content } : { lost: outcome.error.message } });
  }
  return nodes;
}

/** Compares what stands there with what may, and rules the rest out. @throws OracleViolation */
export function checkSnapshot(snapshot: Snapshot, territory: Territory, books: Books): void {
  const { worlds, root } = territory;
  worlds.saw(
    (tree) => fits(tree, snapshot, books),
    () => `in ${root}, at the end, there is ${show(snapshot) || 'nothing'}: nothing explains that`,
  );
  worlds.settled();
  const trees = worlds.trees();
  if (trees.length > 1) return;
  for (const [path, node] of (trees[0] as Tree).nodes()) {
    if (node.kind === 'file') books.identities.note(node.tag, (snapshot.get(path) as SeenNode).attributes.inode);
  }
}

/** What nobody has touched in between must be the same to the last field. @throws OracleViolation */
export function checkUnchanged(before: Snapshot, after: Snapshot, root: string): void {
  for (const path of new Set([...before.keys(), ...after.keys()])) {
    const [one, other] = [before.get(path), after.get(path)];
    if (one === undefined || other === undefined) {
      throw new OracleViolation(`${root}/${path} ${one ? 'has vanished' : 'has come'} though nobody changed anything`);
    }
    const [was, is] = [fingerprint(one), fingerprint(other)];
    if (was !== is) throw new OracleViolation(`${root}/${path} was ${was} and is ${is} though nobody changed anything`);
  }
}

function fits(tree: Tree, snapshot: Snapshot, { durability }: Books): boolean {
  let nodes = 0;
  for (const [path, node] of tree.nodes()) {
    const seen = snapshot.get(path);
    if (seen === undefined || !attributesFit(tree, path, node, seen.attributes)) return false;
    nodes++;
    if (node.kind === 'directory' || seen.content === undefined) continue;
    const fitsContent =
      'lost' in seen.content
        ? !durability.isOwed(node.tag)
        : firstDifference(seen.content.bytes, contentOf(node.tag)) === undefined;
    if (!fitsContent) return false;
  }
  return nodes === snapshot.size;
}

function fingerprint({ attributes, content }: SeenNode): string {
  const { kind, inode, bytes, entries, version, createdNs, modifiedNs, changedNs } = attributes;
  const state = content !== undefined && 'lost' in content ? 'lost' : '';
  return [kind, inode, bytes, entries, version, createdNs, modifiedNs, changedNs, state].join(' ');
}

function show(snapshot: Snapshot): string {
  return [...snapshot]
    .map(([path, { attributes, content }]) => {
      const lost = content !== undefined && 'lost' in content ? ` LOST (${content.lost})` : '';
      return `${path}: ${showAttributes(attributes)}${lost}`;
    })
    .join('; ');
}

function unreadable(what: string, error: Error & { code: string }): OracleViolation {
  return new OracleViolation(`${what} cannot be read though faults have stopped: ${error.code}: ${error.message}`, {
    cause: error,
  });
}
