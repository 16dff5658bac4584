import { encodeId, v1 } from '@tessera/protocol';
import type { Witness } from '../disk/witness-file.js';
import type { ShardKey } from '../log/shard-key.js';
import type { DiskReport } from '../store/shard-store.js';
import { DISK_MESSAGE_CHARACTERS_MAX } from './limits.js';

/** The wire form of what a disk says of itself, with those of its doubtful shards whose turn it is. */
export function reportToWire(report: DiskReport, doubtful: readonly ShardKey[]): v1.ServerReport {
  return v1.ServerReport.create({
    capacityBytes: report.capacityBytes,
    usedBytes: report.usedBytes,
    freeBytes: report.freeBytes,
    shards: report.shards,
    diskState: report.state,
    diskMessage: report.message.slice(0, DISK_MESSAGE_CHARACTERS_MAX),
    doubtful: doubtful.map(({ pg, stripe, slot }) => ({ pg, stripe: encodeId(stripe), slot })),
    readErrors: report.readErrors,
    writeErrors: report.writeErrors,
  });
}

export function witnessToWire(witness: Witness | undefined): v1.JournalWitness | null {
  return witness === undefined
    ? null
    : v1.JournalWitness.create({ era: witness.era, lsn: witness.lsn, chain: witness.chain });
}
