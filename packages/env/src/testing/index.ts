export { clockContract } from './clock-contract.js';
export { type DiskSubject, diskContract } from './disk-contract.js';
export type { Fixture, OpenFixture } from './fixture.js';
export { type NetworkSubject, networkContract } from './network-contract.js';
export { randomContract } from './random-contract.js';
