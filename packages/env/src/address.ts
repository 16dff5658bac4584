import { NetworkError } from './network.js';

/** The two parts of a `host:port` address; IPv6 hosts stand without their brackets. */
export interface Address {
  host: string;
  port: number;
}

const PORT_MAX = 65_535;

const ADDRESS = /^(?:\[([0-9a-fA-F:.%]+)\]|([^[\]:\s/]+)):(\d{1,5})$/;

/** Whether the text has the form of an address; its host may still be unknown. */
export function isAddress(text: string): boolean {
  return Number(ADDRESS.exec(text)?.[3]) <= PORT_MAX;
}

/** @throws NetworkError ADDRESS_INVALID */
export function parseAddress(address: string): Address {
  const match = ADDRESS.exec(address);
  const port = Number(match?.[3]);
  if (match === null || port > PORT_MAX) {
    throw new NetworkError(
      'ADDRESS_INVALID',
      `'${address}' is no address: give host:port, for example 10.0.0.5:7400 or [fd00::5]:7400`,
    );
  }
  return { host: (match[1] ?? match[2]) as string, port };
}

export function formatAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
