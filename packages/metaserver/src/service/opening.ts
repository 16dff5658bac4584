import type { CallHandler, Clock, Log, Timer } from '@tessera/env';
import {
  addHandlers,
  adminService,
  clusterService,
  type Handlers,
  metadataService,
  readUint32,
  TesseraError,
  type v1,
} from '@tessera/protocol';
import { type JournalClaim, parseJournalSeen } from '../cluster/journal-seen.js';
import { WitnessRound } from '../cluster/witness-round.js';
import { decodeCluster } from '../records/cluster.js';
import { CLUSTER_KEY, Table } from '../records/keys.js';
import { decodeServer, type ServerRecord } from '../records/server.js';
import type { FoundEnd } from '../store/index.js';
import type { FrontDoor } from './front-door.js';
import { checkContext } from './request-context.js';

/** How long a start waits for chunkservers: those that run look for their metaserver at least every five seconds. */
export const WITNESS_GRACE_MS = 8_000;

export interface OpeningContext {
  clock: Clock;
  log: Log;
  door: FrontDoor;
  graceMs: number;
  /** Told the bound host:port. */
  onAsking(address: string): Promise<void>;
  onError(path: string, peer: string, error: TesseraError): void;
}

type ClusterHandlers = Handlers<typeof clusterService>;

/**
 * What comes between reading the journal and adding to it when the last stop was not in order: chunkservers may know of
 * more than the journal has. Until enough of them have said what they know, or a grace has passed, clients are told to
 * wait. Nothing is written and no chunkserver is answered meanwhile: whoever lost the end of a journal can put it back.
 */
export class Opening {
  readonly #context: OpeningContext;
  readonly #serving: Promise<ClusterHandlers>;
  #serve: (handlers: ClusterHandlers) => void = () => {};
  #giveUp: (error: TesseraError) => void = () => {};
  #round: WitnessRound | undefined;

  constructor(context: OpeningContext) {
    this.#context = context;
    this.#serving = new Promise((resolve, reject) => {
      this.#serve = resolve;
      this.#giveUp = reject;
    });
    // Often nobody waits for it.
    this.#serving.catch(() => {});
  }

  /** Who was heard; undefined when nobody had to be asked. */
  get round(): WitnessRound | undefined {
    return this.#round;
  }

  /** @throws TesseraError DATA_LOSS, DEPOSED when a registered chunkserver knows better; NetworkError */
  async confirm(end: FoundEnd): Promise<void> {
    const servers = new Map<number, ServerRecord>();
    for await (const { key, value } of end.table(Table.SERVER)) servers.set(readUint32(key, 1), decodeServer(value));
    if (servers.size === 0) return;
    const { clock, log, graceMs } = this.#context;
    const round = new WitnessRound(servers, end);
    this.#round = round;
    const clusterId = await clusterIdOf(end);
    log.info(
      { registered: servers.size, needed: round.needed, lsn: end.lsn, graceMs },
      'the last stop was not in order: asking chunkservers what they know of the journal',
    );
    let timer: Timer | undefined;
    let asking: Promise<void> | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        asking = this.#ask(this.#handlers(end, round, clusterId, reject));
        asking.catch(reject);
        round.enough.then(resolve);
        timer = clock.schedule(graceMs, resolve);
      });
    } finally {
      timer?.cancel();
      await asking?.catch(() => {});
    }
    for (const alarm of round.alarms()) log.error({}, alarm);
  }

  async #ask(handlers: ReadonlyMap<string, CallHandler>): Promise<void> {
    const { door, onAsking } = this.#context;
    await door.admit(handlers);
    await onAsking(door.address);
  }

  /** Calls of chunkservers that came meanwhile are answered by these. */
  serve(handlers: ClusterHandlers): void {
    this.#serve(handlers);
  }

  /** The start has failed. */
  fail(): void {
    this.#giveUp(new TesseraError('UNAVAILABLE', 'the metaserver could not start'));
  }

  #handlers(
    end: FoundEnd,
    round: WitnessRound,
    clusterId: Uint8Array,
    refuse: (error: TesseraError) => void,
  ): Map<string, CallHandler> {
    const { onError, graceMs } = this.#context;
    const hear = (server: number, request: JournalClaim) => {
      const failure = contradiction(end, request);
      if (failure === undefined) return round.heard(server);
      refuse(failure);
      throw failure;
    };
    const wait = async ({ context }: { context?: v1.RequestContext.$Properties | null }): Promise<never> => {
      checkContext(context, clusterId);
      throw new TesseraError(
        'UNAVAILABLE',
        `the metaserver was not stopped in order and asks its chunkservers what they know of its journal: ` +
          `${round.describe()}; it waits ${graceMs / 1000} s at most. Try again in a moment`,
      );
    };
    const handlers = new Map<string, CallHandler>();
    addHandlers(handlers, metadataService, forAll(metadataService, wait), onError);
    addHandlers(handlers, adminService, forAll(adminService, wait), onError);
    const cluster: ClusterHandlers = {
      register: async (request, peer) => {
        checkContext(request.context, clusterId);
        const server = round.serverOf(request.diskId);
        if (server !== undefined) hear(server, request);
        return (await this.#serving).register(request, peer);
      },
      heartbeat: async (request, peer) => {
        checkContext(request.context, clusterId);
        if (round.serverOf(request.diskId) === request.server) hear(request.server, request);
        return (await this.#serving).heartbeat(request, peer);
      },
      getMap: wait,
    };
    addHandlers(handlers, clusterService, cluster, onError);
    return handlers;
  }
}

/** What a registered chunkserver knows that this journal cannot be. */
function contradiction(end: FoundEnd, claim: JournalClaim): TesseraError | undefined {
  const seen = parseJournalSeen(claim);
  const loss = seen.end && end.loss(seen.end);
  if (loss !== undefined) return loss;
  if (seen.era <= end.era) return undefined;
  return new TesseraError(
    'DEPOSED',
    `a chunkserver has seen era ${seen.era}, this journal ends with era ${end.era}: it is an old copy, or another ` +
      'metaserver has taken over; start the metaserver on the directory that has the newest journal',
  );
}

async function clusterIdOf(end: FoundEnd): Promise<Uint8Array> {
  for await (const { key, value } of end.table(Table.CLUSTER)) {
    if (Buffer.compare(key, CLUSTER_KEY) === 0) return decodeCluster(value).clusterId;
  }
  throw new TesseraError('CORRUPT', 'the metadata store holds chunkservers and no cluster record');
}

function forAll<Service extends object>(
  service: Service,
  handle: (request: never) => Promise<never>,
): Handlers<Service> {
  return Object.fromEntries(Object.keys(service).map((name) => [name, handle])) as unknown as Handlers<Service>;
}
