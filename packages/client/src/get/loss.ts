import { decodeId, type ErrorCode, formatId, TesseraError, v1 } from '@tessera/protocol';
import { type ClusterMap, holdersOf, serverTitle } from '../cluster/cluster-map.js';
import { type ServerFailure, ServerFailures } from '../cluster/server-failures.js';
import { Reach, type ServerHealth } from '../cluster/server-health.js';
import type { ShardSource } from './block-lists.js';
import type { StripeRecord } from './resolved-file.js';

/** What went wrong with each shard while one range was read. */
export class ReadFailures {
  readonly #bySlot = new Map<number, { source: ShardSource; error: TesseraError }>();

  add(source: ShardSource, error: TesseraError): void {
    this.#bySlot.set(source.slot, { source, error });
  }

  of(slot: number): { source: ShardSource; error: TesseraError } | undefined {
    return this.#bySlot.get(slot);
  }
}

/** Why a range can be neither read nor decoded: UNAVAILABLE while servers are missing, else DATA_LOSS. */
export function describeLoss(
  map: ClusterMap,
  health: ServerHealth,
  stripe: StripeRecord,
  slot: number,
  failures: ReadFailures,
): TesseraError {
  const missing = new Set<string>();
  const lost: string[] = [];
  const byServer = new Map<number, ServerFailure>();
  const blame = (server: number, code: ErrorCode, message: string) => {
    byServer.set(server, { server, address: map.servers.get(server)?.address ?? '', code, message });
  };
  for (const [other, { position, state }] of stripe.slots.entries()) {
    if (state === v1.SlotState.SLOT_STATE_MISSING) {
      lost.push(`shard ${other} was left out or lost before, its repair is owed`);
      continue;
    }
    const holders = holdersOf(map, stripe.pg, position);
    const silent = holders.filter((server) => health.readReach(map, server) === Reach.NONE);
    const failure = failures.of(other);
    if (silent.length > 0 && silent.length === holders.length) {
      for (const server of silent) {
        const obstacle = health.readObstacle(map, server);
        missing.add(`${serverTitle(map, server)}: ${obstacle}`);
        blame(server, 'UNAVAILABLE', `${obstacle}`);
      }
    } else if (failure !== undefined && failure.error.code === 'UNAVAILABLE') {
      missing.add(failure.error.message);
      blame(failure.source.server, failure.error.code, failure.error.message);
    } else if (failure !== undefined) {
      blame(failure.source.server, failure.error.code, failure.error.message);
      lost.push(`shard ${other} on ${serverTitle(map, failure.source.server)}: ${failure.error.message}`);
    }
  }
  const what = `shard ${slot} of stripe ${formatId(decodeId(stripe.stripe))}, or any ${stripe.dataCount} others of its ${stripe.slots.length}`;
  const lostText = lost.length > 0 ? `; lost: ${lost.join('; ')}` : '';
  const cause = new ServerFailures([...byServer.values()]);
  if (missing.size > 0) {
    const servers = [...missing].join('; ');
    return new TesseraError('UNAVAILABLE', `${what}, cannot be read; missing servers: ${servers}${lostText}`, {
      cause,
    });
  }
  return new TesseraError('DATA_LOSS', `${what}, cannot be read${lostText}`, { cause });
}
