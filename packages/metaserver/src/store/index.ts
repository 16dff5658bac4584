export type { FoundEnd } from './found-end.js';
export { openStore } from './open-store.js';
export type { JournaledStore } from './store.js';
export type { StoreLimits } from './store-options.js';
