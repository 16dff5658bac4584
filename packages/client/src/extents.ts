import { decodeId } from '@tessera/protocol';
import type { ExtentInfo, ShardPlace } from './cluster/api.js';
import { type ClusterMap, holdersOf } from './cluster/cluster-map.js';
import type { Piece, SlotRecord, StripeRecord } from './get/resolved-file.js';
import { serverStateWord, slotStateWord } from './vocabulary.js';

/** Which chunkserver holds what of a piece of a file. */
export function extentInfo(piece: Piece, map: ClusterMap): ExtentInfo {
  const { stripe } = piece;
  const places = stripe.slots.map((record, slot) => shardPlace(stripe, slot, record, map));
  return {
    fileOffset: piece.fileOffset,
    bytes: piece.length,
    segment: piece.segment,
    segmentOffset: piece.segmentOffset,
    pg: stripe.pg,
    stripe: decodeId(stripe.stripe),
    dataCount: stripe.dataCount,
    parityCount: stripe.parityCount,
    shard: places[piece.slot] as ShardPlace,
    companions: places.filter(({ role, slot }) => role === 'data' && slot !== piece.slot),
    parity: places.filter(({ role }) => role === 'parity'),
  };
}

function shardPlace(stripe: StripeRecord, slot: number, record: SlotRecord, map: ClusterMap): ShardPlace {
  const [server = 0] = holdersOf(map, stripe.pg, record.position);
  const known = map.servers.get(server);
  return {
    slot,
    role: slot < stripe.dataCount ? 'data' : 'parity',
    position: record.position,
    bytes: record.length,
    state: slotStateWord(record.state),
    server,
    address: known?.address ?? '',
    serverState: serverStateWord(known?.state),
    labels: known?.labels ?? [],
  };
}
