import { describe, test } from 'node:test';
import type { Clock } from '../clock.js';
import type { Network } from '../network.js';
import { callContract } from './call-contract.js';
import { connectionContract } from './connection-contract.js';
import { type OpenFixture, within } from './fixture.js';

/** Two processes that can reach each other. */
export interface NetworkSubject {
  client: Network;
  server: Network;
  /** Listen addresses of the server with port 0, and of a port where nobody listens. */
  listenAddress: string;
  deadAddress: string;
  clock: Clock;
}

export type NetworkTest = (title: string, body: (subject: NetworkSubject) => Promise<void>) => void;

/** Registers the tests that every Network must pass. */
export function networkContract(name: string, open: OpenFixture<NetworkSubject>): void {
  const networkTest: NetworkTest = (title, body) => test(title, within(open, body));

  describe(`Network contract, connections: ${name}`, () => connectionContract(networkTest));
  describe(`Network contract, calls: ${name}`, () => callContract(networkTest));
}
