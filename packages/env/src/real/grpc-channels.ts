import { type ChannelOptions, Client, credentials, type CallOptions as GrpcCallOptions, Metadata } from '@grpc/grpc-js';
import { isAddress } from '../address.js';
import { CALL_MESSAGE_BYTES_MAX } from '../limits.js';
import { type CallOptions, CallStatus, StatusCode } from '../network.js';
import { statusFromPeer } from './call-status.js';

/** Peers a process keeps a channel to; the one unused longest makes room. */
const CHANNELS_MAX = 1_024;

/** A restarted peer is found again within about a second, a flapping one is not hammered. */
const RECONNECT_BACKOFF_MS_MIN = 50;
const RECONNECT_BACKOFF_MS_MAX = 1_000;

/** A peer that vanished without a word is noticed after this much silence during a call. */
const KEEPALIVE_IDLE_MS = 10_000;
const KEEPALIVE_TIMEOUT_MS = 5_000;

/** HTTP/2's default window stops a sender every 64 KiB. */
const FLOW_CONTROL_WINDOW_BYTES = 4 * 1024 * 1024;

const CHANNEL_OPTIONS: ChannelOptions = {
  'grpc.max_send_message_length': CALL_MESSAGE_BYTES_MAX,
  'grpc.max_receive_message_length': CALL_MESSAGE_BYTES_MAX,
  'grpc.initial_reconnect_backoff_ms': RECONNECT_BACKOFF_MS_MIN,
  'grpc.max_reconnect_backoff_ms': RECONNECT_BACKOFF_MS_MAX,
  'grpc.dns_min_time_between_resolutions_ms': RECONNECT_BACKOFF_MS_MAX,
  'grpc.keepalive_time_ms': KEEPALIVE_IDLE_MS,
  'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
  'grpc-node.flow_control_window': FLOW_CONTROL_WINDOW_BYTES,
  'grpc.use_local_subchannel_pool': 1,
  // The rest is overhead we have no use for: callers retry themselves, and peers are reached directly.
  'grpc.enable_retries': 0,
  'grpc.enable_channelz': 0,
  'grpc.enable_http_proxy': 0,
  'grpc.service_config_disable_resolution': 1,
};

interface Channel {
  readonly client: Client;
  calls: number;
}

/** Unary calls over one cached HTTP/2 channel per address. */
export class GrpcChannels {
  /** In order of last use. */
  readonly #channels = new Map<string, Channel>();

  call(address: string, path: string, request: Uint8Array, options: CallOptions): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const { signal, deadlineMs } = options;
      if (signal?.aborted) throw new CallStatus(StatusCode.CANCELLED, `${path} was cancelled by the caller`);
      if (!(deadlineMs > 0)) throw new CallStatus(StatusCode.DEADLINE_EXCEEDED, `${path} had no time left`);
      const channel = this.#channel(address);
      const grpcOptions: GrpcCallOptions = { deadline: Date.now() + deadlineMs };
      channel.calls++;
      const call = channel.client.makeUnaryRequest<Uint8Array, Uint8Array>(
        path,
        asBuffer,
        asIs,
        request,
        new Metadata(),
        grpcOptions,
        (error, reply) => {
          channel.calls--;
          signal?.removeEventListener('abort', onAbort);
          if (error) reject(statusFromPeer(error));
          else resolve(reply as Uint8Array);
        },
      );
      const onAbort = () => call.cancel();
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  close(): void {
    for (const channel of this.#channels.values()) channel.client.close();
    this.#channels.clear();
  }

  #channel(address: string): Channel {
    const known = this.#channels.get(address);
    if (known) {
      this.#channels.delete(address);
      this.#channels.set(address, known);
      return known;
    }
    checkAddress(address);
    if (this.#channels.size >= CHANNELS_MAX) this.#dropUnused();
    const channel = { client: new Client(`dns:${address}`, credentials.createInsecure(), CHANNEL_OPTIONS), calls: 0 };
    this.#channels.set(address, channel);
    return channel;
  }

  #dropUnused(): void {
    for (const [address, channel] of this.#channels) {
      if (channel.calls > 0) continue;
      channel.client.close();
      this.#channels.delete(address);
      return;
    }
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function asIs(bytes: Buffer): Uint8Array {
  return bytes;
}

function checkAddress(address: string): void {
  if (isAddress(address)) return;
  throw new CallStatus(StatusCode.INVALID_ARGUMENT, `'${address}' is no address: give host:port`);
}
