import type { CallHandler, CallOptions, Network } from '@tessera/env';
import { v1 } from '../generated/v1.js';
import { TesseraError, toCallStatus } from './errors.js';

interface MessageType {
  encode(message: never): { finish(): Uint8Array };
  decode(bytes: Uint8Array): unknown;
}
/** What a message's encoder takes: every field optional. */
export type Encodable<Type extends MessageType> = Parameters<Type['encode']>[0];
/** What its decoder gives: absent scalars have their defaults. */
export type Decoded<Type extends MessageType> = ReturnType<Type['decode']>;

/** One unary method: its gRPC path and the codecs of both directions. */
export interface Method<Request extends MessageType, Reply extends MessageType> {
  readonly path: string;
  readonly request: Request;
  readonly reply: Reply;
}

function method<Request extends MessageType, Reply extends MessageType>(
  path: string,
  request: Request,
  reply: Reply,
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
    ? (request: Decoded<Request>, peer: string) => Promise<Encodable<Reply>>
    : never;
};

/** Calls a method. @throws TesseraError, whatever went wrong. */
export async function callMethod<Request extends MessageType, Reply extends MessageType>(
  network: Network,
  address: string,
  { path, request: requestType, reply: replyType }: Method<Request, Reply>,
  request: Encodable<Request>,
  options: CallOptions,
): Promise<Decoded<Reply>> {
  try {
    const bytes = requestType.encode(request as never).finish();
    return replyType.decode(await network.call(address, path, bytes, options)) as Decoded<Reply>;
  } catch (error) {
    throw TesseraError.from(error);
  }
}

type AnyMethod = Method<MessageType, MessageType>;

/** Adds a service's byte-level handlers to the map that `Network.serve` takes. */
export function addHandlers<Service extends Record<string, AnyMethod>>(
  map: Map<string, CallHandler>,
  service: Service,
  handlers: Handlers<Service>,
  onError: (path: string, peer: string, error: TesseraError) => void,
): void {
  for (const [name, description] of Object.entries(service)) {
    const handle = handlers[name as keyof Service] as (request: unknown, peer: string) => Promise<never>;
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

function decodeRequest(description: AnyMethod, bytes: Uint8Array): unknown {
  try {
    return description.request.decode(bytes);
  } catch (error) {
    throw new TesseraError('INVALID_ARGUMENT', `${description.path}: the request is not a valid message`, {
      cause: error,
    });
  }
}
