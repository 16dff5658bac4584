import { PROTOCOL_VERSION, TesseraError, type v1 } from '@tessera/protocol';

/**
 * Whether a request comes from a peer of this protocol and this cluster; every handler asks first. A peer that does not
 * know its cluster yet sends no id.
 * @throws TesseraError WRONG_VERSION, WRONG_CLUSTER
 */
export function checkContext(context: v1.RequestContext.$Properties | null | undefined, clusterId: Uint8Array): void {
  const version = context?.protocolVersion ?? 0;
  if (version !== PROTOCOL_VERSION) {
    throw new TesseraError(
      'WRONG_VERSION',
      `the request speaks protocol version ${version}, this metaserver ${PROTOCOL_VERSION}: use the same release on both sides`,
    );
  }
  const claimed = context?.clusterId ?? new Uint8Array();
  if (claimed.length > 0 && !sameBytes(claimed, clusterId)) {
    throw new TesseraError(
      'WRONG_CLUSTER',
      `the request is for cluster ${hex(claimed)}, this is cluster ${hex(clusterId)}: check the metaserver's address`,
    );
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, 32)).toString('hex');
}
