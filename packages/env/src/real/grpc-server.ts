import { type MethodDefinition, Server, ServerCredentials, type UntypedHandleCall } from '@grpc/grpc-js';
import { CALL_BYTES_IN_FLIGHT_MAX, CALL_MESSAGE_BYTES_MAX, CALL_TRANSFER_MS_MAX } from '../limits.js';
import type { CallHandler, Listener } from '../network.js';
import { boundCalls, type CallBounds } from './bounded-call.js';
import { CallBudget } from './call-budget.js';
import { statusFromHandler } from './call-status.js';
import { TcpListener } from './tcp-listener.js';

/** Calls one connection may have under way; further ones wait at the peer. */
const CONNECTION_CALLS_MAX = 4_096;

const SERVER_OPTIONS = {
  'grpc.max_send_message_length': CALL_MESSAGE_BYTES_MAX,
  'grpc.max_receive_message_length': CALL_MESSAGE_BYTES_MAX,
  'grpc.max_concurrent_streams': CONNECTION_CALLS_MAX,
  'grpc.enable_channelz': 0,
};

/**
 * Serves unary calls on a listener of our own, so that binding, its errors and the connection limit are those of
 * every listener. @throws NetworkError ADDRESS_IN_USE, ADDRESS_INVALID
 */
export async function serveGrpc(
  address: string,
  handlers: ReadonlyMap<string, CallHandler>,
  { budget = new CallBudget(CALL_BYTES_IN_FLIGHT_MAX), transferMsMax = CALL_TRANSFER_MS_MAX }: Partial<CallBounds> = {},
): Promise<Listener> {
  const interceptors = [boundCalls({ budget, transferMsMax })];
  const server = new Server({ ...SERVER_OPTIONS, interceptors });
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const definition: Record<string, MethodDefinition<Buffer, Uint8Array>> = {};
  const implementation: Record<string, UntypedHandleCall> = {};
  for (const [path, handler] of handlers) {
    definition[path] = {
      path,
      requestStream: false,
      responseStream: false,
      requestSerialize: asBuffer,
      requestDeserialize: asIs,
      responseSerialize: asBuffer,
      responseDeserialize: asIs,
    };
    implementation[path] = unaryHandler(handler);
  }
  if (handlers.size > 0) server.addService(definition, implementation);
  const listener = await TcpListener.listen(address, (socket) => injector.injectConnection(socket));
  return {
    address: listener.address,
    async close() {
      await listener.close();
      server.forceShutdown();
    },
  };
}

function unaryHandler(handler: CallHandler): UntypedHandleCall {
  const handle = async (
    call: { request: Uint8Array; getPeer(): string },
    reply: (error: ReturnType<typeof statusFromHandler> | null, value?: Uint8Array) => void,
  ) => {
    let value: Uint8Array;
    try {
      value = await handler(call.request, call.getPeer());
    } catch (error) {
      reply(statusFromHandler(error));
      return;
    }
    reply(null, value);
  };
  return handle as UntypedHandleCall;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function asIs(bytes: Buffer): Buffer {
  return bytes;
}
