import { TesseraError, toLong, type v1 } from '@tessera/protocol';
import { attributesFrom } from '../attributes.js';
import { type Hints, hintFields } from '../hints/hints.js';
import type { Attributes, OperationOptions, Path } from '../node-api.js';
import { nodeAt, shown } from '../path-words.js';
import type { AttributeChanges, FollowOption, TouchOptions } from './api.js';
import type { NamespaceParts } from './parts.js';

const UINT32_MAX = 2 ** 32 - 1;
const UINT64_MAX = 2n ** 64n - 1n;

export function setAttributes(
  { scopes, batcher }: NamespaceParts,
  path: Path,
  changes: AttributeChanges,
  options?: OperationOptions & FollowOption,
): Promise<Attributes> {
  return scopes.run(`setting attributes of ${shown(path)}`, options, async (scope) => {
    const request = { node: nodeAt(path, options), ...changesToWire(changes) };
    const reply = await batcher.submit('setAttributes', request, scope);
    return attributesFrom(reply.attributes);
  });
}

export function touch(
  { scopes, batcher, hints: own }: NamespaceParts & { readonly hints: Hints | undefined },
  path: Path,
  options: TouchOptions = {},
): Promise<{ attributes: Attributes; created: boolean }> {
  return scopes.run(`touch ${shown(path)}`, options, async (scope) => {
    const { modifiedNs = 'now', create = true } = options;
    const layout = create ? hintFields(own, options.hints) : undefined;
    const ofNew = layout === undefined ? {} : { layout };
    const request = { node: nodeAt(path, options), create, ...changesToWire({ modifiedNs }), ...ofNew };
    const reply = await batcher.submit('setAttributes', request, scope);
    return { attributes: attributesFrom(reply.attributes), created: reply.created ?? false };
  });
}

function changesToWire({ mode, uid, gid, modifiedNs }: AttributeChanges): v1.SetAttributesOperation.$Properties {
  const wire: v1.SetAttributesOperation.$Properties = {};
  if (mode !== undefined) wire.mode = checkUint32('mode', mode);
  if (uid !== undefined) wire.uid = checkUint32('uid', uid);
  if (gid !== undefined) wire.gid = checkUint32('gid', gid);
  if (modifiedNs === 'now') wire.modifiedNow = true;
  else if (modifiedNs !== undefined) wire.modifiedNs = toLong(checkTime(modifiedNs));
  return wire;
}

/** Protobuf would cut what does not fit. */
function checkUint32(field: string, value: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= UINT32_MAX) return value;
  throw new TesseraError(
    'INVALID_ARGUMENT',
    `${field} is ${value}; a whole number from 0 to ${UINT32_MAX} is expected`,
  );
}

/** @throws TesseraError INVALID_ARGUMENT */
export function checkTime(timeNs: bigint): bigint {
  if (timeNs >= 0n && timeNs <= UINT64_MAX) return timeNs;
  throw new TesseraError('INVALID_ARGUMENT', `the time ${timeNs} ns is not within 0 to 2^64 − 1, that is 1970 to 2554`);
}
