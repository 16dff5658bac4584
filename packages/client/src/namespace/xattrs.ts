import { decodeName, v1, XATTR_VALUE_BYTES_MAX, XATTRS_PER_INODE_BYTES_MAX } from '@tessera/protocol';
import { attributesFrom } from '../attributes.js';
import type { Attributes, OperationOptions, Path } from '../node-api.js';
import { ownBytes } from '../own-bytes.js';
import { nodeAt, pathBytes, shown } from '../path-words.js';
import type { FollowOption, RemoveXattrOptions, SetXattrOptions, XattrInfo, XattrName } from './api.js';
import type { NamespaceParts } from './parts.js';

/** Of a request or reply besides the value. */
const ENVELOPE_BYTES = 512;
/** Estimate of a listing without values. */
const NAMES_BYTES = 4096;

const MODES = {
  create: v1.XattrMode.XATTR_MODE_CREATE,
  replace: v1.XattrMode.XATTR_MODE_REPLACE,
} as const;

export function getXattr(
  { scopes, batcher }: NamespaceParts,
  path: Path,
  name: XattrName,
  options?: OperationOptions & FollowOption,
): Promise<Uint8Array | undefined> {
  return scopes.run(`xattr of ${shown(path)}`, options, async (scope) => {
    const request = { node: nodeAt(path, options), name: pathBytes(name) };
    const reply = await batcher.submit('getXattr', request, scope, ENVELOPE_BYTES, XATTR_VALUE_BYTES_MAX);
    return reply.found ? ownBytes(reply.value) : undefined;
  });
}

export function listXattrs(
  { scopes, batcher }: NamespaceParts,
  path: Path,
  options: OperationOptions & FollowOption & { values?: boolean } = {},
): Promise<XattrInfo[]> {
  return scopes.run(`xattrs of ${shown(path)}`, options, async (scope) => {
    const { values = false } = options;
    const request = { node: nodeAt(path, options), values };
    const replyBytes = values ? XATTRS_PER_INODE_BYTES_MAX : NAMES_BYTES;
    const { xattrs } = await batcher.submit('listXattrs', request, scope, ENVELOPE_BYTES, replyBytes);
    return (xattrs ?? []).map((wire) => {
      const nameBytes = ownBytes(wire.name);
      const info: XattrInfo = { name: nameBytes, text: decodeName(nameBytes), bytes: wire.valueBytes ?? 0 };
      if (values) info.value = ownBytes(wire.value);
      return info;
    });
  });
}

export function setXattr(
  { scopes, batcher }: NamespaceParts,
  path: Path,
  name: XattrName,
  value: Uint8Array,
  options: SetXattrOptions = {},
): Promise<Attributes> {
  return scopes.run(`setting an xattr of ${shown(path)}`, options, async (scope) => {
    const { mode, ifValue } = options;
    const request = {
      node: nodeAt(path, options),
      name: pathBytes(name),
      value,
      mode: mode === undefined ? v1.XattrMode.XATTR_MODE_EITHER : MODES[mode],
      ...(ifValue === undefined ? {} : { expected: ifValue }),
    };
    const requestBytes = ENVELOPE_BYTES + value.length + (ifValue?.length ?? 0);
    const reply = await batcher.submit('setXattr', request, scope, requestBytes);
    return attributesFrom(reply.attributes);
  });
}

export function removeXattr(
  { scopes, batcher }: NamespaceParts,
  path: Path,
  name: XattrName,
  options: RemoveXattrOptions = {},
): Promise<boolean> {
  return scopes.run(`removing an xattr of ${shown(path)}`, options, async (scope) => {
    const { ifValue } = options;
    const request = {
      node: nodeAt(path, options),
      name: pathBytes(name),
      ...(ifValue === undefined ? {} : { expected: ifValue }),
    };
    const reply = await batcher.submit('removeXattr', request, scope, ENVELOPE_BYTES + (ifValue?.length ?? 0));
    return reply.removed ?? false;
  });
}
