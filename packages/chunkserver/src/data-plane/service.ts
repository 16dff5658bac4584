import type { BufferPool } from '@tessera/protocol';
import type { IdentityFile } from '../disk/identity-file.js';
import type { ShardStore } from '../store/shard-store.js';
import type { HeldMemory } from './connection-memory.js';

/** What the operations of the data plane work on. */
export interface Service {
  readonly store: ShardStore;
  readonly identity: IdentityFile;
  readonly pool: BufferPool;
}

/** Grants memory for a reply. @throws TesseraError CANCELLED when the connection has ended */
export type Admit = (bytes: number) => Promise<HeldMemory>;

/** The answer to a request: an encoded message and the chunks of a body. */
export interface Reply {
  header: Uint8Array;
  body: readonly Uint8Array[];
  /** To be called once all of it was sent, or never will be. */
  onSent?: () => void;
}
