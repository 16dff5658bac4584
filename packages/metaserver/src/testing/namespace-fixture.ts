import { type Log, silentLog } from '@tessera/env';
import {
  decodeId,
  encodeId,
  encodePath,
  fromWireError,
  type Handlers,
  type Id,
  type Layout,
  layoutToWire,
  metadataService,
  PROTOCOL_VERSION,
  type v1,
} from '@tessera/protocol';
import { ensureRoot } from '../ops/namespace/ensure-root.js';
import { readTotals, type Totals } from '../records/totals.js';
import { createMetadataContext, type MetadataConfig, type MetadataContext } from '../service/metadata-context.js';
import { createMetadataHandlers } from '../service/metadata-service.js';
import type { OperationKind } from '../service/operations.js';
import type { MetadataStore } from '../store/transaction.js';
import { ClusterFixture } from './cluster-fixture.js';

type Request<Kind extends OperationKind> = NonNullable<v1.Operation.$Properties[Kind]>;
type Result<Kind extends OperationKind> = NonNullable<v1.OperationResult.$Properties[Kind]>;

export interface NamespaceOptions {
  servers?: number;
  /** Instead of the cluster fixture's own, which stripes are then not written to. */
  store?: MetadataStore;
  config?: Partial<MetadataConfig>;
  log?: Log;
}

/** A metadata service over a store, called as over the wire: every message is encoded and decoded. */
export class NamespaceFixture {
  readonly cluster: ClusterFixture;
  readonly store: MetadataStore;
  readonly context: MetadataContext;
  readonly handlers: Handlers<typeof metadataService>;
  session: Id = 0n;
  sequence = 0;
  acknowledgedBelow = 0;

  private constructor(cluster: ClusterFixture, options: NamespaceOptions) {
    this.cluster = cluster;
    this.store = options.store ?? cluster.store;
    this.context = createMetadataContext({
      store: this.store,
      cluster: cluster.cluster,
      clock: cluster.process.clock,
      log: options.log ?? silentLog,
      ...(options.config === undefined ? {} : { config: options.config }),
    });
    this.handlers = createMetadataHandlers(this.context);
  }

  /** With a root directory and an open session. */
  static async create(options: NamespaceOptions = {}): Promise<NamespaceFixture> {
    const fixture = new NamespaceFixture(new ClusterFixture(options.servers ?? 8), options);
    await ensureRoot(fixture.store);
    fixture.session = await fixture.openSession(1);
    return fixture;
  }

  /** The same store and cluster served by a process that knows nothing yet. */
  restarted(options: NamespaceOptions = {}): NamespaceFixture {
    const next = new NamespaceFixture(this.cluster, { store: this.store, ...options });
    next.session = this.session;
    next.sequence = this.sequence;
    next.acknowledgedBelow = this.acknowledgedBelow;
    return next;
  }

  async openSession(nonce: number): Promise<Id> {
    const reply = await this.call('openSession', {
      context: this.#requestContext(),
      clientName: 'test',
      nonce: new Uint8Array(16).fill(nonce),
    });
    return decodeId((reply as v1.OpenSessionReply).session);
  }

  /** Any method, with request and reply as they come over the wire. */
  async call(name: keyof typeof metadataService, request: object): Promise<unknown> {
    const method = metadataService[name];
    const bytes = (method.request.encode as (message: object) => { finish(): Uint8Array })(request).finish();
    const handle = this.handlers[name] as (request: unknown, peer: string) => Promise<never>;
    const reply = await handle(method.request.decode(bytes), 'test:1');
    return method.reply.decode(method.reply.encode(reply).finish());
  }

  async batch(operations: readonly v1.Operation.$Properties[]): Promise<v1.OperationResult.$Properties[]> {
    const reply = await this.call('batch', {
      context: this.#requestContext(),
      acknowledgedBelow: this.acknowledgedBelow,
      operations,
    });
    return (reply as v1.BatchReply).results;
  }

  /** One operation. @throws TesseraError as the service answered */
  async op<Kind extends OperationKind>(kind: Kind, request: Request<Kind>, sequence?: number): Promise<Result<Kind>> {
    const [result] = await this.batch([{ sequence: sequence ?? ++this.sequence, [kind]: request }]);
    if (result?.error) throw fromWireError(result.error);
    return result?.[kind] as Result<Kind>;
  }

  mkdir(path: string, layout?: Layout): Promise<v1.MkdirResult.$Properties> {
    return this.op('mkdir', {
      node: node(path),
      parents: true,
      ...(layout ? { layout: layoutToWire(layout) } : {}),
    });
  }

  /** A small file with this content. */
  put(path: string, content = '', replace = false): Promise<v1.PutFileResult.$Properties> {
    const inlineData = Buffer.from(content);
    return this.op('putFile', { node: node(path), replace, bytes: inlineData.length, inlineData });
  }

  async stat(path: string): Promise<v1.Attributes.$Properties> {
    return (await this.op('stat', { node: node(path) })).attributes as v1.Attributes.$Properties;
  }

  async names(path: string): Promise<string[]> {
    const { entries } = await this.op('list', { node: node(path) });
    return (entries ?? []).map(({ name }) => Buffer.from(name ?? []).toString());
  }

  async totals(): Promise<Totals> {
    return this.store.read(readTotals);
  }

  /** Stripes of one data segment each, written under a lease of this session, and the extents of a file of them. */
  async written(layout: Layout, count: number, segmentBytes = 1000, startOffset = 0): Promise<WrittenFile> {
    const { lease, ranges } = await this.op('grantLease', {
      layout: layoutToWire(layout),
      pgs: 1,
      stripesPerPg: count,
    });
    const { pg, firstStripe } = ranges?.[0] ?? {};
    const first = decodeId(firstStripe);
    const written: WrittenFile = { bytes: startOffset + count * segmentBytes, extents: [], stripes: [] };
    for (let index = 0; index < count; index++) {
      const stripe = first + BigInt(index);
      written.stripes.push(
        this.cluster.stripeWrite(layout, { pg: pg ?? 0, stripe, lease: decodeId(lease) }, [segmentBytes]),
      );
      written.extents.push({
        fileOffset: startOffset + index * segmentBytes,
        length: segmentBytes,
        pg: pg ?? 0,
        stripe: encodeId(stripe),
        slot: 0,
      });
    }
    return written;
  }

  #requestContext(): v1.RequestContext.$Properties {
    return { protocolVersion: PROTOCOL_VERSION, session: this.session === 0n ? null : encodeId(this.session) };
  }
}

export interface WrittenFile {
  bytes: number;
  extents: v1.ExtentWrite.$Properties[];
  stripes: v1.StripeWrite.$Properties[];
}

export function node(path: string | Uint8Array, base?: Uint8Array): v1.NodeRef.$Properties {
  const bytes = typeof path === 'string' ? encodePath(path) : path;
  return base === undefined ? { path: bytes } : { path: bytes, base };
}
