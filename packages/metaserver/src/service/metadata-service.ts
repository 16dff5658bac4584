import {
  BATCH_OPERATIONS_MAX,
  decodeId,
  encodeId,
  type Handlers,
  ID_NONE,
  type Id,
  type metadataService,
  TesseraError,
  toSafeNumber,
  v1,
} from '@tessera/protocol';
import { endSession } from '../ops/session/end-session.js';
import { openSession } from '../ops/session/open-session.js';
import type { SessionState } from '../ops/session/session-state.js';
import { needsTrim, trimResults } from '../ops/session/trim-results.js';
import type { OperationResult } from '../records/stored-result.js';
import type { MetadataContext } from './metadata-context.js';
import { OperationRunner } from './operation-runner.js';
import type { OperationKind } from './operations.js';
import { checkContext } from './request-context.js';

type Service = typeof metadataService;
type UnaryHandler = Handlers<Service>['stat'];

interface OperationsRequest {
  context?: v1.RequestContext.$Properties | null;
  acknowledgedBelow?: Parameters<typeof toSafeNumber>[0];
}

/** The Metadata service. Calls fail only for what is wrong with the request as a whole; operations are answered each. */
export function createMetadataHandlers(context: MetadataContext): Handlers<Service> {
  const unary =
    (kind: OperationKind): UnaryHandler =>
    async (request) => {
      const operation = request.operation ?? {};
      if (operation.request !== kind) {
        const given = operation.request ?? 'nothing';
        throw new TesseraError('INVALID_ARGUMENT', `this method takes an operation with ${kind}, not ${given}`);
      }
      const [result] = await runOperations(context, request, [operation]);
      return v1.UnaryReply.create({ result: result as OperationResult, mapVersion: context.cluster.mapVersion() });
    };

  return {
    async openSession(request) {
      checkContext(request.context, context.cluster.clusterId());
      const session = await openSession(
        context.store,
        context.sessions,
        request.clientName ?? '',
        request.nonce ?? new Uint8Array(),
      );
      // From here on it counts as heard of.
      await context.sessions.load(session);
      return v1.OpenSessionReply.create({
        session: encodeId(session),
        clusterId: context.cluster.clusterId(),
        sessionIdleMs: context.config.sessionIdleMs,
        leaseMs: context.cluster.leases.leaseMs,
      });
    },

    async closeSession(request) {
      const id = admit(context, request);
      if (id === ID_NONE) throw new TesseraError('INVALID_ARGUMENT', 'the context names no session to close');
      await endSession(context.store, id);
      context.sessions.forget(id);
      return v1.CloseSessionReply.create();
    },

    async batch(request) {
      const operations = request.operations ?? [];
      if (operations.length > BATCH_OPERATIONS_MAX) {
        throw new TesseraError(
          'INVALID_ARGUMENT',
          `the batch has ${operations.length} operations; at most ${BATCH_OPERATIONS_MAX} are allowed`,
        );
      }
      const results = await runOperations(context, request, operations);
      return v1.BatchReply.create({ results, mapVersion: context.cluster.mapVersion() });
    },

    stat: unary('stat'),
    list: unary('list'),
    resolve: unary('resolve'),
    mkdir: unary('mkdir'),
    putFile: unary('putFile'),
    rename: unary('rename'),
    remove: unary('remove'),
    getLayout: unary('getLayout'),
    setLayout: unary('setLayout'),
  };
}

async function runOperations(
  context: MetadataContext,
  request: OperationsRequest,
  operations: readonly v1.Operation.$Properties[],
): Promise<OperationResult[]> {
  const id = admit(context, request);
  const acknowledgedBelow = toSafeNumber(request.acknowledgedBelow);
  const session = context.sessions.known(id) ?? (await findSession(context, id));
  if (session !== undefined && !(session instanceof TesseraError)) acknowledge(context, session, acknowledgedBelow);
  const runner = new OperationRunner(context, session);
  const results = await Promise.all(operations.map((operation) => runner.run(operation)));
  for (const { error } of results) {
    if (!error) continue;
    if (error.code === 'SESSION_EXPIRED') context.sessions.forget(id);
    reportBug(context, error);
  }
  return results;
}

/** @returns the session's id, ID_NONE without one. @throws TesseraError WRONG_VERSION, WRONG_CLUSTER, INVALID_ARGUMENT */
function admit(context: MetadataContext, request: OperationsRequest): Id {
  checkContext(request.context, context.cluster.clusterId());
  const id = decodeId(request.context?.session);
  if (id !== ID_NONE) context.sessions.touch(id);
  return id;
}

/** Also for reads alone: a session that is heard of is in use. */
async function findSession(context: MetadataContext, id: Id): Promise<SessionState | TesseraError | undefined> {
  if (id === ID_NONE) return undefined;
  try {
    return await context.sessions.load(id);
  } catch (error) {
    return TesseraError.from(error);
  }
}

function acknowledge(context: MetadataContext, session: SessionState, below: number): void {
  session.acknowledge(below);
  if (!needsTrim(session)) return;
  trimResults(context.store, session).catch((thrown: unknown) => {
    const error = TesseraError.from(thrown);
    if (error.code !== 'UNAVAILABLE') context.log.warn({ error: error.message }, 'dropping stored results failed');
  });
}

/** What no request can cause is logged: someone has to look at it. */
function reportBug({ log }: MetadataContext, error: v1.Error.$Properties): void {
  if (error.code === 'INTERNAL' || error.code === 'CORRUPT') log.error({ error }, 'a metadata operation failed');
}
