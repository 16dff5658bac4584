import { showName, TesseraError, v1, XATTR_VALUE_BYTES_MAX } from '@tessera/protocol';
import { xattrKey } from '../../records/keys.js';
import { encodeXattr, readXattr } from '../../records/xattr.js';
import { attributesOf } from './attributes.js';
import { parseNode } from './node-path.js';
import type { PrepareMutation } from './operation.js';
import { resolveNode } from './resolve-path.js';
import { accountXattr, checkExpected } from './xattr-change.js';
import { parseXattrName } from './xattr-name.js';

const { XATTR_MODE_CREATE, XATTR_MODE_REPLACE } = v1.XattrMode;

/** Gives a node an extended attribute, under conditions if there are any. */
export const setXattr: PrepareMutation<v1.SetXattrOperation.$Properties, v1.SetXattrResult.$Properties> = (request) => {
  const node = parseNode(request.node);
  const name = parseXattrName(request.name);
  const value = request.value ?? new Uint8Array();
  const mode = request.mode ?? v1.XattrMode.XATTR_MODE_EITHER;
  const { expected } = request;
  if (value.length > XATTR_VALUE_BYTES_MAX) {
    throw new TesseraError(
      'TOO_LARGE',
      `the value of ${showName(name)} has ${value.length} bytes; an extended attribute has at most ${XATTR_VALUE_BYTES_MAX}`,
    );
  }
  if (v1.XattrMode[mode] === undefined) throw new TesseraError('INVALID_ARGUMENT', `mode ${mode} is unknown`);

  return (tx) => {
    const found = resolveNode(tx, node);
    const key = xattrKey(found.id, name);
    const old = readXattr(tx, key);
    checkExpected(name, old, expected);
    if (mode === XATTR_MODE_CREATE && old !== undefined) {
      throw new TesseraError('EXISTS', `extended attribute ${showName(name)} exists`);
    }
    if (mode === XATTR_MODE_REPLACE && old === undefined) {
      throw new TesseraError('NOT_FOUND', `extended attribute ${showName(name)} does not exist`);
    }
    tx.put(key, encodeXattr(tx, value));
    return { attributes: attributesOf(found.id, accountXattr(tx, found, name, old, value)) };
  };
};
