import type { Clock, Log } from '@tessera/env';
import { type clusterService, type Handlers, TesseraError, toLong, toSafeNumber, v1 } from '@tessera/protocol';
import { clusterMap } from '../cluster/cluster-map.js';
import type { ClusterState, StateChange } from '../cluster/cluster-state.js';
import { type JournalSeen, parseJournalSeen } from '../cluster/journal-seen.js';
import { parseRegistration, registerServer } from '../cluster/registration.js';
import { parseServerReport, type ServerReport } from '../cluster/server-report.js';
import { logStateChange } from '../cluster/state-log.js';
import type { WitnessRound } from '../cluster/witness-round.js';
import { recordDoubtful } from '../ops/stripes/record-doubtful.js';
import type { JournalEnd, MetadataStore } from '../store/transaction.js';
import { checkContext } from './request-context.js';

export interface ClusterServiceContext {
  store: MetadataStore & {
    /** Stops the process, and says false, when the journal is behind what a chunkserver has seen. */
    checkWitness(witness: JournalEnd): boolean;
  };
  cluster: ClusterState;
  clock: Clock;
  log: Log;
  /** How often chunkservers are to report. */
  heartbeatMs: number;
  /** Whom this start asked what it knows of the journal, and may not have heard yet. */
  round: WitnessRound | undefined;
  /** The cluster has seen a later era than this metadata: this process must not serve. */
  onDeposed(error: TesseraError): void;
}

/** Handlers of the Cluster service: chunkservers join and report, everybody reads the map. */
export function createClusterHandlers(context: ClusterServiceContext): Handlers<typeof clusterService> {
  return {
    register: (request) => register(context, request),
    heartbeat: (request) => heartbeat(context, request),
    getMap: (request) => getMap(context, request),
  };
}

async function register(context: ClusterServiceContext, request: v1.RegisterRequest): Promise<v1.RegisterReply> {
  const { store, cluster, log } = context;
  checkContext(request.context, cluster.clusterId());
  const fresh = (request.context?.clusterId?.length ?? 0) === 0;
  const registration = parseRegistration(request);
  const report = parseServerReport(request.report);
  const seen = parseJournalSeen(request);
  const known = cluster.serverOfDisk(registration.diskId);
  // What a stranger says of the journal has no weight.
  if (known !== undefined) checkSeen(context, known, seen);
  const server = await store.transact((tx) => registerServer(tx, registration, { known, fresh }));
  cluster.register(server, registration, report);
  await takeDoubtful(context, server, report);
  log.info({ server, address: registration.address, labels: registration.labels }, 'chunkserver registered');
  return v1.RegisterReply.create({
    server,
    clusterId: cluster.clusterId(),
    heartbeatMs: context.heartbeatMs,
    witness: witnessOf(store.durable),
  });
}

async function heartbeat(context: ClusterServiceContext, request: v1.HeartbeatRequest): Promise<v1.HeartbeatReply> {
  const { store, cluster, log } = context;
  checkContext(request.context, cluster.clusterId());
  if ((request.context?.clusterId?.length ?? 0) === 0) {
    throw new TesseraError('WRONG_CLUSTER', 'a heartbeat must name its cluster: register first');
  }
  const report = parseServerReport(request.report);
  const seen = parseJournalSeen(request);
  checkAddress(context, request);
  const change: StateChange | undefined = cluster.hear(request.server, request.diskId, report);
  checkSeen(context, request.server, seen);
  if (change !== undefined) logStateChange(log, change);
  await takeDoubtful(context, request.server, report);
  return v1.HeartbeatReply.create({ heartbeatMs: context.heartbeatMs, witness: witnessOf(store.durable) });
}

/** A registration that was delayed on its way can put an address back that its sender has left since. */
function checkAddress({ cluster }: ClusterServiceContext, { server, address }: v1.HeartbeatRequest): void {
  const registered = cluster.server(server)?.address;
  if (address === '' || registered === undefined || address === registered) return;
  throw new TesseraError(
    'NOT_FOUND',
    `server ${server} is registered at ${registered}, not at ${address}: register again`,
  );
}

async function getMap(
  { store, cluster, clock }: ClusterServiceContext,
  request: v1.GetMapRequest,
): Promise<v1.GetMapReply> {
  checkContext(request.context, cluster.clusterId());
  await cluster.groups.refresh(store);
  const version = cluster.mapVersion();
  if (toSafeNumber(request.knownVersion) === version) {
    return v1.GetMapReply.create({ version, clusterId: cluster.clusterId() });
  }
  return clusterMap(cluster, clock.monotonicMs());
}

/** Metadata that is older than what a chunkserver was told is never served. */
function checkSeen(
  { store, round, onDeposed }: ClusterServiceContext,
  server: number,
  { era, end }: JournalSeen,
): void {
  if (era > store.era) {
    const error = new TesseraError(
      'DEPOSED',
      `a chunkserver has seen era ${era}, this metadata is of era ${store.era}: it is an old copy, or another metaserver ` +
        'has taken over; start the metaserver on the directory that has the newest journal',
    );
    onDeposed(error);
    throw error;
  }
  if (end === undefined || store.checkWitness(end)) round?.heard(server);
}

/** A chunkserver names its doubtful shards again and again; what the records know of costs nothing more. */
async function takeDoubtful(
  { store, cluster, log }: ClusterServiceContext,
  server: number,
  report: ServerReport,
): Promise<void> {
  const shards = cluster.doubtful.unrecorded(server, report.doubtful);
  if (shards.length === 0) return;
  log.warn({ server, shards: shards.length }, 'a chunkserver doubts shards after an unclean stop');
  await store.transact((tx) => recordDoubtful(tx, server, shards));
  cluster.doubtful.recorded(server, shards);
}

function witnessOf({ era, lsn, chain }: JournalEnd): v1.JournalWitness.$Properties {
  return { era, lsn: toLong(lsn), chain };
}
