export { engineContract } from './engine-contract.js';
export type { KvFixture, OpenKvFixture } from './fixture.js';
