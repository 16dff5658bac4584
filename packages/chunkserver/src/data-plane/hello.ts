import { PEER_NAME_CHARACTERS_MAX, PROTOCOL_VERSION, TesseraError, v1 } from '@tessera/protocol';
import type { Identity } from '../disk/identity.js';
import { decodeHeader } from './decode.js';

/**
 * Judges a peer's HELLO; returns its name and the reply.
 * @throws FrameError; TesseraError WRONG_VERSION, WRONG_CLUSTER, INVALID_ARGUMENT, UNAVAILABLE
 */
export function answerHello(header: Uint8Array, identity: Readonly<Identity>): { peer: string; reply: Uint8Array } {
  const hello = decodeHeader(v1.HelloRequest, header);
  if (hello.protocolVersion !== PROTOCOL_VERSION) {
    throw new TesseraError(
      'WRONG_VERSION',
      `the peer speaks protocol version ${hello.protocolVersion}, this chunkserver ${PROTOCOL_VERSION}: use the same release on both sides`,
    );
  }
  const { clusterId, server, diskId } = identity;
  if (clusterId === undefined) {
    throw new TesseraError('UNAVAILABLE', 'this chunkserver has not joined a cluster yet: try again');
  }
  if (Buffer.compare(hello.clusterId, clusterId) !== 0) {
    throw new TesseraError(
      'WRONG_CLUSTER',
      `the peer is of cluster '${hex(hello.clusterId)}', this chunkserver of '${hex(clusterId)}': check the address`,
    );
  }
  if (hello.peer.length > PEER_NAME_CHARACTERS_MAX) {
    throw new TesseraError('INVALID_ARGUMENT', `a peer's name has at most ${PEER_NAME_CHARACTERS_MAX} characters`);
  }
  const reply = v1.HelloReply.encode({ protocolVersion: PROTOCOL_VERSION, clusterId, server, diskId }).finish();
  return { peer: hello.peer, reply };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, 32)).toString('hex');
}
