import { hostname, networkInterfaces } from 'node:os';

/** What this host is called: its name and the addresses of its interfaces. */
export function hostNames(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each?.map(({ address }) => address) ?? []);
  return [...new Set([hostname(), ...addresses])];
}
