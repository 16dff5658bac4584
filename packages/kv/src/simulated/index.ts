export { createSimulatedEngine } from './engine.js';
export { type KvStorageOptions, SimulatedKvStorage } from './storage.js';
export type { KvLoss } from './stored.js';
