export { createSimulatedEngine } from './engine.js';
export { type KvImage, type KvStorageOptions, SimulatedKvStorage } from './storage.js';
export type { KvLoss } from './stored.js';
