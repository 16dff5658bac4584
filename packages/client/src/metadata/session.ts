import {
  CLUSTER_ID_BYTES,
  callMethod,
  metadataService,
  PROTOCOL_VERSION,
  TesseraError,
  type v1,
} from '@tessera/protocol';
import type { ClientEnv } from '../api.js';
import { ownBytes } from '../own-bytes.js';
import type { Scope } from '../scope.js';
import { SequenceFloor } from './sequence-floor.js';
import { callUntilAnswered } from './unary-call.js';

/** A session as the metaserver granted it. Its mutations are numbered in it; a new session starts anew. */
export interface Session {
  readonly context: v1.RequestContext.$Properties;
  readonly clusterId: Uint8Array;
  readonly sequences: SequenceFloor;
}

const NONCE_BYTES = 16;

/**
 * Opens a session; `clusterId` is empty when any cluster will do.
 * @throws TesseraError UNAVAILABLE or DEADLINE_EXCEEDED, WRONG_CLUSTER, WRONG_VERSION
 */
export async function openSession(
  env: ClientEnv,
  address: string,
  name: string,
  clusterId: Uint8Array,
  scope: Scope,
): Promise<Session> {
  const nonce = env.random.fill(new Uint8Array(NONCE_BYTES));
  const request = {
    context: { protocolVersion: PROTOCOL_VERSION, clusterId },
    clientName: name,
    nonce,
  };
  const reply = await callUntilAnswered(
    env,
    address,
    (options) => callMethod(env.network, address, metadataService.openSession, request, options),
    scope,
  );
  if (reply.session.length === 0 || reply.clusterId.length !== CLUSTER_ID_BYTES) {
    throw new TesseraError('INTERNAL', `metaserver ${address} answered OpenSession without a session or cluster id`);
  }
  const session = ownBytes(reply.session);
  const cluster = ownBytes(reply.clusterId);
  return {
    context: { protocolVersion: PROTOCOL_VERSION, clusterId: cluster, session },
    clusterId: cluster,
    sequences: new SequenceFloor(),
  };
}
