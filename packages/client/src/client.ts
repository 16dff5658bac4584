import type { Writable } from 'node:stream';
import { adminService, callMethod, FILE_BYTES_MAX, metadataService, splitPath, TesseraError } from '@tessera/protocol';
import type { Client, ClientCounters, ClientEnv, ReadStreamOptions } from './api.js';
import { attributesFrom } from './attributes.js';
import type { ClusterMapInfo, ClusterStatus, ExtentInfo, ServerStatus } from './cluster/api.js';
import type { MapCache } from './cluster/map-cache.js';
import { clusterMapInfo, clusterStatus } from './cluster-words.js';
import type { Counters } from './counters.js';
import type { ServerLinks } from './data/server-links.js';
import type { ByteRange } from './datatype/flatten.js';
import { extentInfo } from './extents.js';
import type { FileHandle, OpenFlags, OpenOptions } from './file/api.js';
import type { FileOpener } from './file/file-opener.js';
import { nodeWritable } from './file/file-streams.js';
import type { RangeData } from './file/list-api.js';
import type { PathWriteOptions } from './file/path-list-api.js';
import { readv, readvInto, writev } from './file/path-lists.js';
import { PutSink } from './file/put-sink.js';
import type { FileReader } from './get/file-reader.js';
import type { Resolver } from './get/resolver.js';
import { type Hints, hintFields } from './hints/hints.js';
import type { DirectoryLayout, LayoutInfo } from './layout-api.js';
import { layoutSettings } from './layout-words.js';
import { CLOSE_MS_MAX } from './limits.js';
import type { ListReader } from './list/list-reader.js';
import type { GetEntry, GetOutcome, ManyOptions, PutEntry, PutManyOptions, PutOutcome } from './many/api.js';
import { getMany, putMany, statMany } from './many/many-calls.js';
import type { Batcher } from './metadata/batcher.js';
import { callUntilAnswered } from './metadata/unary-call.js';
import type {
  AttributeChanges,
  CopyOptions,
  CopyResult,
  FollowOption,
  LinkOptions,
  LinkTarget,
  ListOptions,
  MkdirOptions,
  RemoveXattrOptions,
  SetXattrOptions,
  SymlinkOptions,
  TouchOptions,
  XattrInfo,
  XattrName,
} from './namespace/api.js';
import { copy } from './namespace/copy.js';
import { getLayout, setLayout } from './namespace/layouts.js';
import { link, readlink, symlink } from './namespace/links.js';
import { listEntries } from './namespace/list-entries.js';
import { checkTime, setAttributes, touch } from './namespace/set-attributes.js';
import { locations, statFsOf } from './namespace/survey.js';
import type { EntryPlus, FileLocation, LocationsOptions, StatFs, StatOutcome } from './namespace/survey-api.js';
import { getXattr, listXattrs, removeXattr, setXattr } from './namespace/xattrs.js';
import type { Attributes, Entry, OperationOptions, Path } from './node-api.js';
import type { OperationSet } from './operations/api.js';
import { RunningSet } from './operations/running-set.js';
import { nodeAt, pathBytes, shown } from './path-words.js';
import type { Content, PutOptions, PutResult } from './put/api.js';
import type { FileWriter } from './put/file-writer.js';
import type { LayoutCache } from './put/layout-cache.js';
import { named, type Scopes } from './scope.js';
import type { LeasePools } from './stripe/lease-pools.js';
import { describeShortage } from './stripe/shortage.js';

/** What `connect` wires together. */
export interface ClientParts {
  readonly env: ClientEnv;
  readonly metaserver: string;
  /** The application's operations. */
  readonly scopes: Scopes;
  /** What the client does of itself, which outlives them in `close`. */
  readonly ownScopes: Scopes;
  readonly batcher: Batcher;
  readonly map: MapCache;
  readonly links: ServerLinks;
  readonly leases: LeasePools;
  readonly layouts: LayoutCache;
  readonly writer: FileWriter;
  readonly resolver: Resolver;
  readonly reader: FileReader;
  readonly opener: FileOpener;
  readonly lists: ListReader;
  readonly counters: Counters;
  /** For all files that it makes. */
  readonly hints: Hints | undefined;
  /** Closes an environment that the client made for itself. */
  closeEnv(): void;
}

/** Turns the public calls into operations in scopes; the work is done by its parts. */
export class TesseraClient implements Client {
  readonly #parts: ClientParts;
  #closing: Promise<void> | undefined;

  constructor(parts: ClientParts) {
    this.#parts = parts;
  }

  get clusterId(): Uint8Array {
    return this.#parts.batcher.session.clusterId;
  }

  get metaserver(): string {
    return this.#parts.metaserver;
  }

  putFile(path: Path, content: Content, options: PutOptions = {}): Promise<PutResult> {
    const { scopes, writer } = this.#parts;
    return scopes.run(`put ${shown(path)}`, options, async (scope) => {
      const bytes = pathBytes(path);
      // Before any data goes out for a name that cannot be.
      splitPath(bytes);
      const { replace = false, makeParents = false, mode = 0 } = options;
      const hints = hintFields(this.#parts.hints, options.hints);
      const modifiedNs = options.modifiedNs === undefined ? undefined : checkTime(options.modifiedNs);
      const { attributes, protection, layout } = await writer.put(
        { path: bytes, content, replace, makeParents, mode, modifiedNs, hints },
        scope,
      );
      const result: PutResult = { attributes: attributesFrom(attributes), protection };
      if (protection !== 'full' && layout !== undefined) result.detail = this.#shortage(layout);
      return result;
    });
  }

  getFile(path: Path, options?: OperationOptions): Promise<Uint8Array> {
    const { scopes, reader } = this.#parts;
    return scopes.run(`get ${shown(path)}`, options, (scope) => reader.whole(pathBytes(path), scope));
  }

  async *readStream(path: Path, options: ReadStreamOptions = {}): AsyncIterable<Uint8Array> {
    const { scopes, reader } = this.#parts;
    const { start = 0, end = FILE_BYTES_MAX } = options;
    const what = `read ${shown(path)}`;
    if (!(Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && end >= start)) {
      throw new TesseraError('INVALID_ARGUMENT', `${what}: start ${start} and end ${end} are not a range of bytes`);
    }
    const scope = scopes.open(what, options);
    try {
      scope.check();
      yield* reader.stream({ path: pathBytes(path) }, start, end, scope);
    } catch (error) {
      throw named(what, TesseraError.from(error));
    } finally {
      scope.close();
    }
  }

  putMany<Entry extends PutEntry>(
    entries: Iterable<Entry> | AsyncIterable<Entry>,
    options?: PutManyOptions,
  ): AsyncIterable<PutOutcome<Entry>> {
    return putMany(this, entries, options);
  }

  getMany<Entry extends Path | GetEntry>(
    entries: Iterable<Entry> | AsyncIterable<Entry>,
    options?: ManyOptions,
  ): AsyncIterable<GetOutcome<Entry>> {
    return getMany(this, entries, options);
  }

  open(path: Path, flags: OpenFlags, options?: OpenOptions): Promise<FileHandle> {
    return this.#parts.opener.open(pathBytes(path), shown(path), flags, options);
  }

  writeStream(path: Path, options: PutOptions = {}): Writable {
    const sink = new PutSink((content, stopped) => {
      const signal = options.signal === undefined ? stopped : AbortSignal.any([options.signal, stopped]);
      return this.putFile(path, content, { ...options, signal });
    });
    return nodeWritable(sink);
  }

  mkdir(path: Path, options: MkdirOptions = {}): Promise<{ attributes: Attributes; created: boolean }> {
    const { scopes, batcher } = this.#parts;
    return scopes.run(`mkdir ${shown(path)}`, options, async (scope) => {
      const { parents = false, mode = 0, layout } = options;
      const request = { node: { path: pathBytes(path) }, parents, mode };
      const own = layout === undefined ? {} : { layout: layoutSettings(layout) };
      const result = await batcher.submit('mkdir', { ...request, ...own }, scope);
      this.#parts.layouts.forget();
      return { attributes: attributesFrom(result.attributes), created: result.created ?? false };
    });
  }

  stat(path: Path, options?: OperationOptions & FollowOption): Promise<Attributes> {
    const { scopes, batcher } = this.#parts;
    return scopes.run(`stat ${shown(path)}`, options, async (scope) => {
      const result = await batcher.submit('stat', { node: nodeAt(path, options) }, scope);
      return attributesFrom(result.attributes);
    });
  }

  list(path: Path, options?: ListOptions): AsyncIterable<Entry> {
    return listEntries(this.#parts, path, options);
  }

  rename(from: Path, to: Path, options: OperationOptions & { replace?: boolean } = {}): Promise<Attributes> {
    const { scopes, batcher, layouts } = this.#parts;
    return scopes.run(`rename ${shown(from)} to ${shown(to)}`, options, async (scope) => {
      const { replace = false } = options;
      const request = { from: { path: pathBytes(from) }, to: { path: pathBytes(to) }, replace };
      const result = await batcher.submit('rename', request, scope);
      layouts.forget();
      return attributesFrom(result.attributes);
    });
  }

  remove(path: Path, options: OperationOptions & { recursive?: boolean } = {}): Promise<void> {
    const { scopes, batcher, layouts } = this.#parts;
    return scopes.run(`remove ${shown(path)}`, options, async (scope) => {
      const { recursive = false } = options;
      await batcher.submit('remove', { node: { path: pathBytes(path) }, recursive }, scope);
      layouts.forget();
    });
  }

  readv(path: Path, ranges: readonly ByteRange[], options?: OperationOptions): Promise<Uint8Array[]> {
    return readv(this.#parts, path, ranges, options);
  }

  readvInto(
    path: Path,
    buffer: Uint8Array,
    ranges: readonly ByteRange[],
    options?: OperationOptions,
  ): Promise<number[]> {
    return readvInto(this.#parts, path, buffer, ranges, options);
  }

  writev(path: Path, parts: readonly RangeData[], options?: PathWriteOptions): Promise<Attributes> {
    return writev(this, path, parts, options);
  }

  getLayout(path: Path, options?: OperationOptions): Promise<LayoutInfo> {
    return getLayout(this.#parts, path, options);
  }

  setLayout(path: Path, layout: Partial<DirectoryLayout>, options?: OperationOptions): Promise<DirectoryLayout> {
    return setLayout(this.#parts, path, layout, options);
  }

  extents(path: Path, options?: OperationOptions): Promise<ExtentInfo[]> {
    const { scopes, resolver, map } = this.#parts;
    return scopes.run(`extents of ${shown(path)}`, options, async (scope) => {
      const file = await resolver.first({ path: pathBytes(path) }, 0, scope);
      const extents: ExtentInfo[] = [];
      if (file.isInline) return extents;
      for await (const piece of resolver.pieces(file, 0, file.bytes, scope)) {
        extents.push(extentInfo(piece, map.current));
      }
      return extents;
    });
  }

  setAttributes(path: Path, changes: AttributeChanges, options?: OperationOptions & FollowOption): Promise<Attributes> {
    return setAttributes(this.#parts, path, changes, options);
  }

  touch(path: Path, options?: TouchOptions): Promise<{ attributes: Attributes; created: boolean }> {
    return touch(this.#parts, path, options);
  }

  copy(from: Path, to: Path, options?: CopyOptions): Promise<CopyResult> {
    return copy(this.#parts, from, to, options);
  }

  symlink(target: Path, path: Path, options?: SymlinkOptions): Promise<Attributes> {
    return symlink(this.#parts, target, path, options);
  }

  readlink(path: Path, options?: OperationOptions): Promise<LinkTarget> {
    return readlink(this.#parts, path, options);
  }

  link(existing: Path, path: Path, options?: LinkOptions): Promise<Attributes> {
    return link(this.#parts, existing, path, options);
  }

  getXattr(path: Path, name: XattrName, options?: OperationOptions & FollowOption): Promise<Uint8Array | undefined> {
    return getXattr(this.#parts, path, name, options);
  }

  listXattrs(path: Path, options?: OperationOptions & FollowOption & { values?: boolean }): Promise<XattrInfo[]> {
    return listXattrs(this.#parts, path, options);
  }

  setXattr(path: Path, name: XattrName, value: Uint8Array, options?: SetXattrOptions): Promise<Attributes> {
    return setXattr(this.#parts, path, name, value, options);
  }

  removeXattr(path: Path, name: XattrName, options?: RemoveXattrOptions): Promise<boolean> {
    return removeXattr(this.#parts, path, name, options);
  }

  async statfs(options?: OperationOptions): Promise<StatFs> {
    return statFsOf(await this.clusterStatus(options));
  }

  async servers(options?: OperationOptions): Promise<readonly ServerStatus[]> {
    return (await this.clusterMap(options)).servers;
  }

  readdirPlus(path: Path, options: Omit<ListOptions, 'attributes'> = {}): AsyncIterable<EntryPlus> {
    return this.list(path, { ...options, attributes: true }) as AsyncIterable<EntryPlus>;
  }

  statMany<Entry extends Path | { path: Path }>(
    entries: Iterable<Entry> | AsyncIterable<Entry>,
    options?: Omit<ManyOptions, 'bytesInFlightMax'> & FollowOption,
  ): AsyncIterable<StatOutcome<Entry>> {
    return statMany(this, entries, options);
  }

  locations(path: Path, options?: LocationsOptions): Promise<FileLocation[]> {
    return locations(this.#parts, path, options);
  }

  clusterMap(options?: OperationOptions): Promise<ClusterMapInfo> {
    const { scopes, map, env, metaserver } = this.#parts;
    return scopes.run('cluster map', options, async (scope) => {
      await callUntilAnswered(env, metaserver, () => map.refresh(), scope);
      return clusterMapInfo(map.current);
    });
  }

  clusterStatus(options?: OperationOptions): Promise<ClusterStatus> {
    const { scopes, batcher, env, metaserver } = this.#parts;
    return scopes.run('cluster status', options, async (scope) => {
      const request = { context: batcher.session.context };
      const reply = await callUntilAnswered(
        env,
        metaserver,
        (call) => callMethod(env.network, metaserver, adminService.clusterStatus, request, call),
        scope,
      );
      return clusterStatus(reply);
    });
  }

  operations(): OperationSet {
    return new RunningSet(this.#parts.env.clock);
  }

  counters(): ClientCounters {
    return this.#parts.counters.snapshot();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { env, metaserver, scopes, ownScopes, leases, batcher, map, links } = this.#parts;
    scopes.close();
    const patience = env.clock.schedule(CLOSE_MS_MAX, () => ownScopes.close());
    await leases.close();
    patience.cancel();
    ownScopes.close();
    const request = { context: batcher.session.context };
    const call = { deadlineMs: CLOSE_MS_MAX };
    // A session that is not closed ends by itself.
    await callMethod(env.network, metaserver, metadataService.closeSession, request, call).catch(() => {});
    batcher.close();
    map.close();
    links.close(new TesseraError('CANCELLED', 'the client was closed'));
    this.#parts.closeEnv();
  }

  #shortage(layout: Parameters<typeof describeShortage>[2]): string {
    const { map, links } = this.#parts;
    return describeShortage(map.current, links.health, layout);
  }
}
