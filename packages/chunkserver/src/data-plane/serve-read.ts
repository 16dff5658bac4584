import { FRAME_BODY_BYTES_MAX, READS_PER_FRAME_MAX, TesseraError, toWireError, v1 } from '@tessera/protocol';
import type { LocatedEntry } from '../log/entry.js';
import { payloadOffset } from '../log/record.js';
import { planBytes, planRead, type ReadPlan } from '../store/read-plan.js';
import type { ReadRecord } from '../store/record-reader.js';
import { decodeHeader, shardKeyOf } from './decode.js';
import type { Admit, Reply, Service } from './service.js';

interface PlannedRead {
  readonly entry: LocatedEntry;
  readonly plan: ReadPlan;
}

/**
 * Answers several reads, each with its blocks or its error. `admit` grants memory for the reply.
 * @throws FrameError; TesseraError INVALID_ARGUMENT, DISK_FAILED
 */
export async function serveRead(service: Service, header: Uint8Array, admit: Admit): Promise<Reply> {
  const { reads } = decodeHeader(v1.ReadRequest, header);
  if (reads.length < 1 || reads.length > READS_PER_FRAME_MAX) {
    throw new TesseraError(
      'INVALID_ARGUMENT',
      `${reads.length} reads in a frame; 1..${READS_PER_FRAME_MAX} are allowed`,
    );
  }
  const planned = planReads(reads, await service.store.locate(reads.map(shardKeyOf)));
  const memory = await admit(planned.reduce((sum, read) => sum + replyBytes(read), 0));
  const records = await Promise.all(planned.map((read) => readOne(service, read)));
  const buffers = records.flatMap((record) => (record instanceof TesseraError ? [] : record.buffers));
  return {
    header: v1.ReadReply.encode({ reads: records.map(replyOf) }).finish(),
    body: records.flatMap((record) => (record instanceof TesseraError ? [] : [record.body])),
    onSent: () => {
      service.store.release(buffers);
      memory.release();
    },
  };
}

/** In order, as many as fit into one frame; the others are refused. */
function planReads(
  reads: readonly v1.ShardRead.$Properties[],
  located: readonly (LocatedEntry | TesseraError)[],
): (PlannedRead | TesseraError)[] {
  let bodyBytes = 0;
  return located.map((entry, at) => {
    if (entry instanceof TesseraError) return entry;
    try {
      const plan = planRead(entry, reads[at]?.firstBlock ?? 0, reads[at]?.blockCount ?? 0);
      if (bodyBytes + plan.bodyBytes > FRAME_BODY_BYTES_MAX) {
        return new TesseraError(
          'TOO_LARGE',
          `the reply would pass ${FRAME_BODY_BYTES_MAX} bytes: read this in another frame`,
        );
      }
      bodyBytes += plan.bodyBytes;
      return { entry, plan };
    } catch (error) {
      return TesseraError.from(error);
    }
  });
}

/** What is read, and the block list that the reply's header takes from it. */
function replyBytes(read: PlannedRead | TesseraError): number {
  return read instanceof TesseraError ? 0 : planBytes(read.plan) + payloadOffset(read.entry.headerBytes);
}

async function readOne({ store }: Service, read: PlannedRead | TesseraError): Promise<ReadRecord | TesseraError> {
  if (read instanceof TesseraError) return read;
  try {
    return await store.read(read.entry, read.plan);
  } catch (error) {
    return TesseraError.from(error);
  }
}

function replyOf(record: ReadRecord | TesseraError): v1.ShardReadReply.$Properties {
  if (record instanceof TesseraError) return { error: toWireError(record) };
  const { length, blockChecksums } = record.shard;
  return { length, blockChecksums, bodyBytes: record.body.length };
}
