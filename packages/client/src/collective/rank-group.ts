import { TesseraError } from '@tessera/protocol';
import type { Client } from '../api.js';
import type { FileHandle } from '../file/api.js';
import { OpenFile } from '../file/open-file.js';
import type { ViewAccess } from '../file/view-api.js';
import type { Path } from '../node-api.js';
import { shown } from '../path-words.js';
import { named } from '../scope.js';
import type { CollectiveFile, CollectiveFlags, CollectiveOpenOptions, CollectiveOptions, Group } from './api.js';
import { type CollectiveCall, readAll, sameCall, throwFailures } from './collective-access.js';
import { writeAll } from './collective-write.js';
import { CALL_LIMITS } from './limits.js';
import type { Mesh } from './mesh.js';
import { type Fields, failureFields, MessageKind, textField, wholeField } from './message.js';
import type { SharedFile } from './shared-file.js';

const FLAGS: readonly string[] = ['r', 'r+', 'w', 'w+', 'wx', 'wx+'] satisfies CollectiveFlags[];

/** A call's turn has come. */
interface Turn {
  readonly mesh: Mesh;
  /** Of a caller who has cancelled by then: travels with the CALL, and the group goes on. */
  readonly refusal: TesseraError | undefined;
  /** From now on it is not cancelled any more. */
  hold(): void;
}

type RunTurn = <T>(what: string, signal: AbortSignal | undefined, work: (turn: Turn) => Promise<T>) => Promise<T>;

/** One rank's side of a group. Its calls run one after the other, in the order in which they are made. */
export class RankGroup implements Group {
  readonly #mesh: Mesh;
  readonly #closed: () => Promise<void>;
  #turn: Promise<unknown> = Promise.resolve();
  #files = 0;

  /** `closed` ends what the group was made with. */
  constructor(mesh: Mesh, closed: () => Promise<void>) {
    this.#mesh = mesh;
    this.#closed = closed;
  }

  get rank(): number {
    return this.#mesh.rank;
  }

  get size(): number {
    return this.#mesh.size;
  }

  open(
    client: Client,
    path: Path,
    flags: CollectiveFlags,
    options: CollectiveOpenOptions = {},
  ): Promise<CollectiveFile> {
    const what = `collective open of ${shown(path)}`;
    return this.#call(what, options.signal, async ({ refusal }) => {
      const number = this.#files++;
      let failure: Fields = {};
      try {
        if (refusal !== undefined) throw refusal;
        checkOpen(flags, options);
      } catch (error) {
        failure = failureFields(TesseraError.from(error));
      }
      const calls = await this.#mesh.gather(MessageKind.CALL, { what: `${what} with ${flags}`, ...failure });
      sameCall(calls);
      throwFailures(calls);
      return new GroupFile(await this.#openShared(client, path, flags, options, number), (name, signal, work) =>
        this.#call(`${name} of ${shown(path)}`, signal, work),
      );
    });
  }

  barrier({ signal }: CollectiveOptions = {}): Promise<void> {
    return this.#call('barrier', signal, async ({ refusal }) => {
      const failure = refusal === undefined ? {} : failureFields(refusal);
      const calls = await this.#mesh.gather(MessageKind.CALL, { what: 'barrier', ...failure });
      sameCall(calls);
      throwFailures(calls);
    });
  }

  async close(): Promise<void> {
    await this.#mesh.close();
    await this.#closed();
  }

  async #openShared(
    client: Client,
    path: Path,
    flags: CollectiveFlags,
    options: CollectiveOpenOptions,
    number: number,
  ): Promise<SharedFile> {
    const mesh = this.#mesh;
    let handle: OpenFile | undefined;
    const attempt = async (work: () => Promise<Fields>) =>
      work().catch((error) => failureFields(TesseraError.from(error)));
    try {
      const first = async () => {
        handle = ownKind(await client.open(path, flags, { ...openOptions(options), signal: mesh.signal }));
        const { effective } = await client.getLayout(path);
        const servers = (await client.clusterMap()).servers.length;
        const aggregators = Math.min(mesh.size, options.aggregators ?? Math.max(1, servers));
        return { inode: String(handle.attributes.inode), alignBytes: effective.segmentBytes, aggregators };
      };
      const opened = await mesh.gather(MessageKind.VERDICT, mesh.rank === 0 ? await attempt(first) : {});
      throwFailures(opened);
      const shared = opened[0] as Fields;
      const inode = textField(shared, 'inode');
      const alike = async () => {
        handle = ownKind(await client.open(path, flags === 'r' ? 'r' : 'r+', { signal: mesh.signal }));
        if (String(handle.attributes.inode) === inode) return {};
        throw new TesseraError('CHANGED', 'another file is there than rank 0 opened; was it renamed meanwhile?');
      };
      throwFailures(await mesh.gather(MessageKind.VERDICT, mesh.rank === 0 ? {} : await attempt(alike)));
      return {
        // Every rank has opened it, or one has failed.
        handle: handle as unknown as OpenFile,
        number,
        limits: CALL_LIMITS,
        alignBytes: wholeField(shared, 'alignBytes'),
        aggregators: wholeField(shared, 'aggregators'),
      };
    } catch (error) {
      await handle?.close();
      throw error;
    }
  }

  #call<T>(what: string, signal: AbortSignal | undefined, work: (turn: Turn) => Promise<T>): Promise<T> {
    const mesh = this.#mesh;
    const done = this.#turn.then(async () => {
      const refusal = signal?.aborted ? cancelledError() : undefined;
      const cancel = () => mesh.fail(mesh.rank, cancelledError());
      const hold = () => signal?.removeEventListener('abort', cancel);
      if (refusal === undefined) signal?.addEventListener('abort', cancel, { once: true });
      try {
        return await mesh.run(() => work({ mesh, refusal, hold }));
      } finally {
        hold();
      }
    });
    this.#turn = done.catch(() => {});
    return done.catch((error) => {
      throw named(what, TesseraError.from(error));
    });
  }
}

class GroupFile implements CollectiveFile {
  readonly #file: SharedFile;
  readonly #call: RunTurn;

  constructor(file: SharedFile, call: RunTurn) {
    this.#file = file;
    this.#call = call;
  }

  readAll(buffer: Uint8Array, access: ViewAccess, { signal }: CollectiveOptions = {}): Promise<number> {
    return this.#call('readAll', signal, (turn) => readAll(this.#callOf(turn, buffer, access)));
  }

  writeAll(buffer: Uint8Array, access: ViewAccess, { signal }: CollectiveOptions = {}): Promise<void> {
    return this.#call('writeAll', signal, (turn) => writeAll(this.#callOf(turn, buffer, access), () => turn.hold()));
  }

  close(): Promise<void> {
    return this.#file.handle.close();
  }

  #callOf({ mesh, refusal }: Turn, buffer: Uint8Array, access: ViewAccess): CollectiveCall {
    return { mesh, file: this.#file, buffer, access, refusal };
  }
}

/** Groups use of a handle what is not for everybody. @throws TesseraError INVALID_ARGUMENT */
function ownKind(handle: FileHandle): OpenFile {
  if (handle instanceof OpenFile) return handle;
  throw new TesseraError('INVALID_ARGUMENT', "the client is not one that this package's `connect` made");
}

export function cancelledError(): TesseraError {
  return new TesseraError('CANCELLED', 'its caller cancelled');
}

function openOptions({ mode, makeParents }: CollectiveOpenOptions) {
  return { ...(mode === undefined ? {} : { mode }), ...(makeParents === undefined ? {} : { makeParents }) };
}

/** @throws TesseraError INVALID_ARGUMENT */
function checkOpen(flags: string, { aggregators }: CollectiveOpenOptions): void {
  if (!FLAGS.includes(flags)) {
    throw new TesseraError('INVALID_ARGUMENT', `flags '${flags}' are none of a collective file's: ${FLAGS.join(', ')}`);
  }
  if (aggregators === undefined || (Number.isSafeInteger(aggregators) && aggregators >= 1)) return;
  throw new TesseraError('INVALID_ARGUMENT', `aggregators is ${aggregators}; a whole number from 1 on is expected`);
}
