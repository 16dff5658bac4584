import { createRealEnv, hostNames, processEnvironment, type RealEnv, silentLog } from '@tessera/env';
import { createCodec } from '@tessera/erasure';
import { BufferPool, PEER_NAME_CHARACTERS_MAX, TesseraError } from '@tessera/protocol';
import type { Client, ClientEnv, ConnectOptions } from './api.js';
import { TesseraClient } from './client.js';
import { Locality } from './cluster/locality.js';
import { MapCache } from './cluster/map-cache.js';
import { Counters } from './counters.js';
import { ServerLinks } from './data/server-links.js';
import { ShardReads } from './data/shard-reads.js';
import { FileOpener } from './file/file-opener.js';
import { WriteBudget } from './file/write-budget.js';
import { FileReader } from './get/file-reader.js';
import { PieceReader } from './get/piece-reader.js';
import { ReadBudget } from './get/read-budget.js';
import { Resolver } from './get/resolver.js';
import { StripeReader } from './get/stripe-reader.js';
import { type Hints, hintFields } from './hints/hints.js';
import { HINTS_VARIABLE, parseHints } from './hints/hints-text.js';
import {
  CONNECT_DEADLINE_MS_MAX,
  DEADLINE_MS_DEFAULT,
  PARITY_POOL_BYTES_MAX,
  SEGMENT_POOL_BYTES_MAX,
} from './limits.js';
import { ListReader } from './list/list-reader.js';
import { SpanResolver } from './list/span-resolver.js';
import { Batcher } from './metadata/batcher.js';
import { openSession } from './metadata/session.js';
import { callUntilAnswered } from './metadata/unary-call.js';
import { FileWriter } from './put/file-writer.js';
import { LayoutCache } from './put/layout-cache.js';
import { Scopes } from './scope.js';
import { LeasePools } from './stripe/lease-pools.js';
import { StripeBuilder } from './stripe/stripe-builder.js';

const NAME_DEFAULT = 'tessera-client';

/**
 * Opens a session with the cluster behind a metaserver.
 * @throws TesseraError UNAVAILABLE when nobody answers, WRONG_VERSION, INVALID_ARGUMENT
 */
export async function connect(options: ConnectOptions): Promise<Client> {
  const { name = NAME_DEFAULT, deadlineMs = DEADLINE_MS_DEFAULT, codec = 'auto' } = options;
  if (name.length > PEER_NAME_CHARACTERS_MAX) {
    throw new TesseraError('INVALID_ARGUMENT', `the name has more than ${PEER_NAME_CHARACTERS_MAX} characters`);
  }
  const ownEnv: RealEnv | undefined = options.env === undefined ? createRealEnv() : undefined;
  const env = options.env ?? (ownEnv as ClientEnv);
  try {
    const erasure = await createCodec({ backend: codec });
    const { environment = ownEnv === undefined ? {} : processEnvironment() } = options;
    const fromEnvironment = parseHints(environment[HINTS_VARIABLE] ?? '', HINTS_VARIABLE);
    // Here and now, not with the first file.
    hintFields(options.hints);
    const hints = { ...fromEnvironment, ...options.hints };
    const names = options.hostNames ?? (ownEnv === undefined ? [] : hostNames());
    return await open({ ...options, name, deadlineMs, hostNames: names, hints }, env, erasure, () => ownEnv?.close());
  } catch (error) {
    ownEnv?.close();
    throw TesseraError.from(error);
  }
}

async function open(
  options: ConnectOptions & { name: string; deadlineMs: number },
  env: ClientEnv,
  codec: Awaited<ReturnType<typeof createCodec>>,
  closeEnv: () => void,
): Promise<Client> {
  const { metaserver, name, deadlineMs, log = silentLog } = options;
  const hints: Hints | undefined = Object.keys(options.hints ?? {}).length === 0 ? undefined : options.hints;
  const { clock, random } = env;
  const scopes = new Scopes(clock, deadlineMs);
  const ownScopes = new Scopes(clock, DEADLINE_MS_DEFAULT);
  const counters = new Counters();
  const connectMs = Math.min(deadlineMs, CONNECT_DEADLINE_MS_MAX);
  const first = await ownScopes
    .run(`connecting to ${metaserver}`, { deadlineMs: connectMs }, (scope) =>
      openSession(env, metaserver, name, new Uint8Array(), scope),
    )
    .catch(asUnavailable);

  const batcher: Batcher = new Batcher({
    env,
    address: metaserver,
    session: first,
    counters,
    reopen: () =>
      ownScopes.run('opening a new session', undefined, async (scope) => {
        log.warn({ metaserver }, 'the session has ended; opening another');
        // Leases ended with it.
        leases.dropAll();
        return openSession(env, metaserver, name, first.clusterId, scope);
      }),
    onMapVersion: (version) => map.note(version),
  });
  const map = new MapCache({ env, address: metaserver, session: () => batcher.session, log });
  const locality = new Locality(map, options.hostNames ?? []);
  const leases = new LeasePools({ clock, batcher, scopes: ownScopes, log, locality });
  await ownScopes
    .run(`connecting to ${metaserver}`, { deadlineMs: connectMs }, (scope) =>
      callUntilAnswered(env, metaserver, () => map.refresh(), scope),
    )
    .catch(asUnavailable);

  const links = new ServerLinks(env, map, name);
  const layouts = new LayoutCache(clock, batcher);
  const builder = new StripeBuilder({
    clock,
    random,
    codec,
    parityPool: new BufferPool({ retainedBytesMax: PARITY_POOL_BYTES_MAX }),
    links,
    counters,
    map,
    leases,
  });
  const segmentPool = new BufferPool({ retainedBytesMax: SEGMENT_POOL_BYTES_MAX });
  const writer = new FileWriter({ batcher, builder, layouts, locality, segmentPool });
  const resolver = new Resolver(batcher);
  const stripes = new StripeReader({ clock, random, codec, map, links, reads: new ShardReads(links), counters });
  const pieces = new PieceReader({ clock, resolver, stripes });
  const readBudget = new ReadBudget(options.readAheadBytes);
  const reader = new FileReader({ resolver, pieces, budget: readBudget, counters });
  const lists = new ListReader({ spans: new SpanResolver(resolver), stripes, pieces, reader, counters });
  const budget = new WriteBudget();
  const opener = new FileOpener({
    scopes,
    batcher,
    builder,
    layouts,
    locality,
    reader,
    resolver,
    readBudget,
    counters,
    lists,
    segmentPool,
    budget,
    session: () => batcher.session.context.session as Uint8Array,
    hints,
  });
  return new TesseraClient({
    env,
    metaserver,
    scopes,
    ownScopes,
    batcher,
    map,
    links,
    leases,
    layouts,
    writer,
    resolver,
    reader,
    opener,
    lists,
    counters,
    hints,
    closeEnv,
  });
}

/** Nobody answered in time: for someone who connects, the metaserver is not there. */
function asUnavailable(thrown: unknown): never {
  const error = TesseraError.from(thrown);
  if (error.code !== 'DEADLINE_EXCEEDED') throw error;
  throw new TesseraError('UNAVAILABLE', error.message, { cause: error.cause ?? error });
}
