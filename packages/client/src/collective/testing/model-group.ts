import assert from 'node:assert/strict';
import { encodeId, TesseraError } from '@tessera/protocol';
import * as datatype from '../../datatype/index.js';
import type { StagedContent } from '../../file/staged-writes.js';
import type { ViewAccess } from '../../file/view-api.js';
import { ManualClock } from '../../testing/manual-clock.js';
import { type CollectiveCall, readAll as readAllOf } from '../collective-access.js';
import { writeAll as writeAllOf } from '../collective-write.js';
import { CALL_LIMITS, type CallLimits } from '../limits.js';
import { localMeshes } from '../local-group.js';
import type { Mesh } from '../mesh.js';
import type { GroupHandle, SharedFile } from '../shared-file.js';

export const SEGMENT_BYTES = 64;
export const DEADLINE_MS = 8_000;

/** What all handles of a file share. */
class ModelFile {
  content: Uint8Array = new Uint8Array(0);
  version = 1n;
  /** Durable pieces by the id of their stripe. */
  readonly stripes = new Map<string, Uint8Array>();
  /** Extents that each commit had. */
  readonly commits: number[] = [];
  /** What the next commits are refused with. */
  refusals: TesseraError[] = [];

  stage(bytes: Uint8Array): { pg: number; stripe: Uint8Array; slot: number } {
    const stripe = encodeId(BigInt(this.stripes.size + 1));
    this.stripes.set(Buffer.from(stripe).toString('hex'), bytes.slice());
    return { pg: 1, stripe, slot: 0 };
  }

  commit({ extents, stripes }: StagedContent): void {
    const refusal = this.refusals.shift();
    if (refusal !== undefined) throw refusal;
    let before = 0;
    const content = new Uint8Array(
      Math.max(this.content.length, ...extents.map((one) => Number(one.fileOffset) + (one.length ?? 0))),
    );
    content.set(this.content);
    const presented = new Set(stripes.map(({ stripe }) => Buffer.from(stripe ?? []).toString('hex')));
    assert.equal(presented.size, stripes.length, 'each stripe is presented once');
    for (const { fileOffset, length, stripe } of extents) {
      assert.ok(Number(fileOffset) >= before, 'extents ascend');
      before = Number(fileOffset) + (length ?? 0);
      const name = Buffer.from(stripe ?? []).toString('hex');
      assert.ok(presented.has(name), 'its stripe is presented');
      content.set(this.stripes.get(name) as Uint8Array, Number(fileOffset));
    }
    this.content = content;
    this.version++;
    this.commits.push(extents.length);
  }
}

export class ModelHandle implements GroupHandle {
  readonly #file: ModelFile;
  readonly #segmentBytes: number;
  #staged: { fileOffset: number; length: number; pg: number; stripe: Uint8Array; slot: number }[] = [];
  failWrite: TesseraError | undefined;
  failCommit: TesseraError | undefined;
  readOnly = false;
  longestWrite = 0;
  /** Of what was staged: ended with this refusal, or none. */
  readonly ends: (string | undefined)[] = [];

  constructor(file: ModelFile, segmentBytes: number) {
    this.#file = file;
    this.#segmentBytes = segmentBytes;
  }

  async readvInto(buffer: Uint8Array, ranges: readonly datatype.ByteRange[]): Promise<number[]> {
    let at = 0;
    return ranges.map(({ offset, length }) => {
      const part = this.#file.content.subarray(offset, offset + length);
      buffer.set(part, at);
      at += length;
      return part.length;
    });
  }

  get staging(): GroupHandle['staging'] {
    if (this.readOnly) throw new TesseraError('INVALID_ARGUMENT', 'it is not open for writing');
    const content = { extents: this.#staged, stripes: this.#staged.map(({ pg, stripe }) => ({ pg, stripe })) };
    return {
      segmentBytes: this.#segmentBytes,
      content: { ...content, extents: content.extents.toSorted((one, other) => one.fileOffset - other.fileOffset) },
      write: async (pieces, joinedBytesMax) => {
        if (this.failWrite !== undefined) throw this.failWrite;
        for (const { fileOffset, bytes } of pieces) {
          assert.ok(bytes.length <= Math.min(this.#segmentBytes, joinedBytesMax));
          this.longestWrite = Math.max(this.longestWrite, bytes.length);
          this.#staged.push({ fileOffset, length: bytes.length, ...this.#file.stage(bytes) });
        }
      },
      commit: async (staged) => {
        if (this.failCommit !== undefined) throw this.failCommit;
        this.#file.commit(staged);
      },
      end: async (refusal) => {
        this.ends.push(refusal?.code);
        this.#staged = [];
      },
    };
  }

  async close(): Promise<void> {}
}

export function readAll(mesh: Mesh, file: SharedFile, buffer: Uint8Array, access: ViewAccess): Promise<number> {
  return readAllOf({ mesh, file, buffer, access, refusal: undefined });
}

export function writeAll(
  mesh: Mesh,
  file: SharedFile,
  buffer: Uint8Array,
  access: ViewAccess,
  more: Partial<CollectiveCall> & { onCommitting?: () => void } = {},
): Promise<void> {
  const { refusal, onCommitting = () => {} } = more;
  return writeAllOf({ mesh, file, buffer, access, refusal }, onCommitting);
}

/** A group in one process whose ranks have one file open. */
export function groupOf(
  size: number,
  {
    aggregators = size,
    roundBytes = 100,
    segmentBytes = SEGMENT_BYTES,
    ...limits
  }: Partial<CallLimits> & { aggregators?: number; segmentBytes?: number } = {},
) {
  const clock = new ManualClock();
  const model = new ModelFile();
  const meshes = localMeshes({ size, clock, deadlineMs: DEADLINE_MS });
  const handles = meshes.map(() => new ModelHandle(model, segmentBytes));
  const all = <T>(call: (rank: number, file: SharedFile, mesh: (typeof meshes)[0]) => Promise<T>) =>
    Promise.allSettled(
      meshes.map((mesh, rank) => {
        const handle = handles[rank] as ModelHandle;
        const wanted = { ...CALL_LIMITS, roundBytes, ...limits };
        const file = { handle, number: 0, alignBytes: segmentBytes, aggregators, limits: wanted };
        return mesh.run(() => call(rank, file, mesh));
      }),
    );
  return { clock, model, meshes, handles, all };
}

export const BYTE = datatype.bytes(1);

export function at(offset: number, length: number): ViewAccess {
  return { file: datatype.view(BYTE, offset), length };
}

export function errorOf(outcome: PromiseSettledResult<unknown> | undefined): TesseraError {
  assert.equal(outcome?.status, 'rejected');
  return (outcome as PromiseRejectedResult).reason;
}
