export { openStore } from './open-store.js';
export type { JournaledStore } from './store.js';
export type { StoreEnv, StoreLimits, StoreOptions } from './store-options.js';
export type { JournalEnd, MetadataStore, ReadTransaction, StoreEntry, Transaction } from './transaction.js';
