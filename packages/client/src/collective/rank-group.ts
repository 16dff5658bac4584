import { TesseraError } from '@tessera/protocol';
import type { Client, Path } from '../api.js';
import type { FileHandle } from '../file/api.js';
import type { ViewAccess } from '../file/view-api.js';
import { shown } from '../path-words.js';
import { named } from '../scope.js';
import type { CollectiveFile, CollectiveFlags, CollectiveOpenOptions, Group } from './api.js';
import { readAll, type SharedFile, sameCall, throwFailures, writeAll } from './collective-access.js';
import { ROUND_BYTES } from './limits.js';
import type { Mesh } from './mesh.js';
import { type Fields, failureFields, MessageKind, textField, wholeField } from './message.js';

const FLAGS: readonly string[] = ['r', 'r+', 'w', 'w+', 'wx', 'wx+'] satisfies CollectiveFlags[];

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
    return this.#call(what, async () => {
      const number = this.#files++;
      let refusal: Fields = {};
      try {
        checkOpen(flags, options);
      } catch (error) {
        refusal = failureFields(TesseraError.from(error));
      }
      const calls = await this.#mesh.gather(MessageKind.CALL, { what: `${what} with ${flags}`, ...refusal });
      sameCall(calls);
      throwFailures(calls);
      return new GroupFile(await this.#openShared(client, path, flags, options, number), (name, work) =>
        this.#call(`${name} of ${shown(path)}`, () => work(this.#mesh)),
      );
    });
  }

  barrier(): Promise<void> {
    return this.#call('barrier', async () => {
      sameCall(await this.#mesh.gather(MessageKind.CALL, { what: 'barrier' }));
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
    let handle: FileHandle | undefined;
    const attempt = async (work: () => Promise<Fields>) =>
      work().catch((error) => failureFields(TesseraError.from(error)));
    try {
      const first = async () => {
        handle = await client.open(path, flags, openOptions(options));
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
        handle = await client.open(path, flags === 'r' ? 'r' : 'r+');
        if (String(handle.attributes.inode) === inode) return {};
        throw new TesseraError('CHANGED', 'another file is there than rank 0 opened; was it renamed meanwhile?');
      };
      throwFailures(await mesh.gather(MessageKind.VERDICT, mesh.rank === 0 ? {} : await attempt(alike)));
      return {
        // Every rank has opened it, or one has failed.
        handle: handle as unknown as FileHandle,
        number,
        roundBytes: ROUND_BYTES,
        alignBytes: wholeField(shared, 'alignBytes'),
        aggregators: wholeField(shared, 'aggregators'),
      };
    } catch (error) {
      await handle?.close();
      throw error;
    }
  }

  #call<T>(what: string, work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(() => this.#mesh.run(work));
    this.#turn = done.catch(() => {});
    return done.catch((error) => {
      throw named(what, TesseraError.from(error));
    });
  }
}

class GroupFile implements CollectiveFile {
  readonly #file: SharedFile;
  readonly #call: <T>(what: string, work: (mesh: Mesh) => Promise<T>) => Promise<T>;

  constructor(file: SharedFile, call: <T>(what: string, work: (mesh: Mesh) => Promise<T>) => Promise<T>) {
    this.#file = file;
    this.#call = call;
  }

  readAll(buffer: Uint8Array, access: ViewAccess): Promise<number> {
    return this.#call('readAll', (mesh) => readAll(mesh, this.#file, buffer, access));
  }

  writeAll(buffer: Uint8Array, access: ViewAccess): Promise<void> {
    return this.#call('writeAll', (mesh) => writeAll(mesh, this.#file, buffer, access));
  }

  close(): Promise<void> {
    return this.#file.handle.close();
  }
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
