import type { v1 } from '@tessera/protocol';
import { attributesOf } from './attributes.js';
import { parseNode } from './node-path.js';
import type { PrepareRead } from './operation.js';
import { resolveNode } from './resolve-path.js';

export const stat: PrepareRead<v1.StatOperation.$Properties, v1.StatResult.$Properties> = (request) => {
  const node = parseNode(request.node);
  return (tx) => {
    const { id, inode } = resolveNode(tx, node);
    return { attributes: attributesOf(id, inode) };
  };
};
