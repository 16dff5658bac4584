import type { CallHandler, CallOptions, Network } from '@tessera/env';
import { v1 } from '../generated/v1.js';
import { TesseraError, toCallStatus } from './errors.js';

interface MessageType<Shape> {
  encode(message: Shape): { finish(): Uint8Array };
  decode(bytes: Uint8Array): Shape;
}

/** One unary method: its gRPC path and the codecs of both directions. */
export interface Method<Request, Reply> {
  readonly path: string;
  readonly request: MessageType<Request>;
  readonly reply: MessageType<Reply>;
}

function method<Request, Reply>(
  path: string,
  request: MessageType<Request>,
  reply: MessageType<Reply>,
): Method<Request, Reply> {
  return { path, request, reply };
}

export const metadataService = {
  openSession: method('/tessera.v1.Metadata/OpenSession', v1.OpenSessionRequest, v1.OpenSessionReply),
  closeSession: method('/tessera.v1.Metadata/CloseSession', v1.CloseSessionRequest, v1.CloseSessionReply),
  batch: method('/tessera.v1.Metadata/Batch', v1.BatchRequest, v1.BatchReply),
  stat: method('/tessera.v1.Metadata/Stat', v1.UnaryRequest, v1.UnaryReply),
  list: method('/tessera.v1.Metadata/List', v1.UnaryRequest, v1.UnaryReply),
  resolve: method('/tessera.v1.Metadata/Resolve', v1.UnaryRequest, v1.UnaryReply),
  mkdir: method('/tessera.v1.Metadata/Mkdir', v1.UnaryRequest, v1.UnaryReply),
  putFile: method('/tessera.v1.Metadata/PutFile', v1.UnaryRequest, v1.UnaryReply),
  rename: method('/tessera.v1.Metadata/Rename', v1.UnaryRequest, v1.UnaryReply),
  remove: method('/tessera.v1.Metadata/Remove', v1.UnaryRequest, v1.UnaryReply),
  getLayout: method('/tessera.v1.Metadata/GetLayout', v1.UnaryRequest, v1.UnaryReply),
  setLayout: method('/tessera.v1.Metadata/SetLayout', v1.UnaryRequest, v1.UnaryReply),
} as const;

export const clusterService = {
  register: method('/tessera.v1.Cluster/Register', v1.RegisterRequest, v1.RegisterReply),
  heartbeat: method('/tessera.v1.Cluster/Heartbeat', v1.HeartbeatRequest, v1.HeartbeatReply),
  getMap: method('/tessera.v1.Cluster/GetMap', v1.GetMapRequest, v1.GetMapReply),
} as const;

export const adminService = {
  clusterStatus: method('/tessera.v1.Admin/ClusterStatus', v1.ClusterStatusRequest, v1.ClusterStatusReply),
} as const;

/** Handlers for all methods of a service description. */
export type Handlers<Service> = {
  [Name in keyof Service]: Service[Name] extends Method<infer Request, infer Reply>
    ? (request: Request, peer: string) => Promise<Reply>
    : never;
};

/** Calls a method. @throws TesseraError, whatever went wrong. */
export async function callMethod<Request, Reply>(
  network: Network,
  address: string,
  { path, request: requestType, reply: replyType }: Method<Request, Reply>,
  request: Request,
  options: CallOptions,
): Promise<Reply> {
  try {
    return replyType.decode(await network.call(address, path, requestType.encode(request).finish(), options));
  } catch (error) {
    throw TesseraError.from(error);
  }
}

/** Adds a service's byte-level handlers to the map that `Network.serve` takes. */
export function addHandlers<Service extends Record<string, Method<never, never>>>(
  map: Map<string, CallHandler>,
  service: Service,
  handlers: Handlers<Service>,
  onError: (path: string, peer: string, error: TesseraError) => void,
): void {
  for (const [name, description] of Object.entries(service) as [string, Method<unknown, unknown>][]) {
    const handle = handlers[name as keyof Service] as (request: unknown, peer: string) => Promise<unknown>;
    map.set(description.path, async (bytes, peer) => {
      try {
        return description.reply.encode(await handle(decodeRequest(description, bytes), peer)).finish();
      } catch (thrown) {
        const error = TesseraError.from(thrown);
        onError(description.path, peer, error);
        throw toCallStatus(error);
      }
    });
  }
}

function decodeRequest(description: Method<unknown, unknown>, bytes: Uint8Array): unknown {
  try {
    return description.request.decode(bytes);
  } catch (error) {
    throw new TesseraError('INVALID_ARGUMENT', `${description.path}: the request is not a valid message`, {
      cause: error,
    });
  }
}
