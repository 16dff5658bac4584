import { NetworkError, parseAddress } from '@tessera/env';
import {
  checkLabels,
  DISK_ID_BYTES,
  LABEL_CHARACTERS_MAX,
  RECEIPT_KEY_BYTES,
  TesseraError,
  toSafeNumber,
  type v1,
} from '@tessera/protocol';
import { putCluster, readCluster } from '../records/cluster.js';
import { serverKey } from '../records/keys.js';
import { putServer, readServer, type ServerRecord } from '../records/server.js';
import type { Transaction } from '../store/transaction.js';

/** Chunkservers of one cluster; a number is never given twice, so those that are gone for good count too. */
export const SERVERS_MAX = 4_096;
const ADDRESS_CHARACTERS_MAX = 256;

/** What a registering chunkserver says of itself, checked. @throws TesseraError INVALID_ARGUMENT */
export function parseRegistration(request: v1.RegisterRequest.$Properties): ServerRecord {
  const diskId = request.diskId ?? new Uint8Array();
  const receiptKey = request.receiptKey ?? new Uint8Array();
  if (diskId.length !== DISK_ID_BYTES) refuse(`the disk id has ${diskId.length} bytes; it must have ${DISK_ID_BYTES}`);
  if (receiptKey.length !== RECEIPT_KEY_BYTES) {
    refuse(`the receipt key has ${receiptKey.length} bytes; it must have ${RECEIPT_KEY_BYTES}`);
  }
  const address = request.address ?? '';
  return {
    diskId: diskId.slice(),
    address,
    labels: serverLabels(request.labels ?? [], hostOf(address), diskId),
    receiptKey: receiptKey.slice(),
    capacityBytes: toSafeNumber(request.report?.capacityBytes),
  };
}

function hostOf(address: string): string {
  if (address.length > ADDRESS_CHARACTERS_MAX) refuse(`the address has more than ${ADDRESS_CHARACTERS_MAX} characters`);
  try {
    const { host, port } = parseAddress(address);
    if (port === 0) refuse(`address ${address}: clients need the actual port`);
    return host;
  } catch (error) {
    if (error instanceof NetworkError) refuse(error.message);
    throw error;
  }
}

/** The labels given, and where they name no disk or host, the disk's id and the address's host. */
function serverLabels(
  wire: readonly v1.Label.$Properties[],
  host: string,
  diskId: Uint8Array,
): { key: string; value: string }[] {
  const labels = wire.map(({ key, value }) => ({ key: key ?? '', value: value ?? '' }));
  try {
    checkLabels(labels);
  } catch (error) {
    refuse(error instanceof Error ? error.message : String(error));
  }
  const keys = new Set(labels.map(({ key }) => key));
  if (keys.size < labels.length) refuse('two of the labels have the same key; a server has one value for each');
  for (const { key, value } of labels) if (value === '') refuse(`label '${key}' has no value`);
  if (!keys.has('disk')) labels.push({ key: 'disk', value: Buffer.from(diskId).toString('hex') });
  if (!keys.has('host')) labels.push({ key: 'host', value: host.slice(0, LABEL_CHARACTERS_MAX) });
  return labels.sort((a, b) => (a.key < b.key ? -1 : 1));
}

/**
 * Registers a chunkserver: a known disk keeps its number, a fresh one (that claims no cluster yet) gets the next.
 * `known` is its number if memory has it; else the records decide.
 * @throws TesseraError DISK_REFUSED for a disk that claims to be of this cluster and is not registered, OVERLOADED
 */
export function registerServer(
  tx: Transaction,
  registration: ServerRecord,
  { known, fresh }: { known: number | undefined; fresh: boolean },
): number {
  const cluster = readCluster(tx);
  const number = known ?? findDisk(tx, registration.diskId, cluster.nextServer);
  if (number !== undefined) {
    if (!sameRecord(readServer(tx, number), registration)) putServer(tx, number, registration);
    return number;
  }
  if (!fresh) {
    throw new TesseraError(
      'DISK_REFUSED',
      `disk ${Buffer.from(registration.diskId).toString('hex')} says it belongs to this cluster and is not registered: ` +
        'the metadata is older than the disk; restore newer metadata, or start the chunkserver on an empty directory',
    );
  }
  if (cluster.nextServer > SERVERS_MAX) {
    throw new TesseraError(
      'OVERLOADED',
      `${SERVERS_MAX} chunkservers are registered, as many as a cluster can have: this disk cannot join; start it for ` +
        'another cluster',
    );
  }
  putServer(tx, cluster.nextServer, registration);
  putCluster(tx, { ...cluster, nextServer: cluster.nextServer + 1 });
  return cluster.nextServer;
}

function findDisk(tx: Transaction, diskId: Uint8Array, nextServer: number): number | undefined {
  const servers = Array.from({ length: nextServer - 1 }, (_, index) => index + 1);
  tx.prefetch(servers.map(serverKey));
  for (const server of servers) {
    const record = readServer(tx, server);
    if (record !== undefined && Buffer.compare(record.diskId, diskId) === 0) return server;
  }
  return undefined;
}

/** Capacity is not compared: a disk that reports another one need not be written again. */
function sameRecord(a: ServerRecord | undefined, b: ServerRecord): boolean {
  return (
    a !== undefined &&
    a.address === b.address &&
    Buffer.compare(a.receiptKey, b.receiptKey) === 0 &&
    a.labels.length === b.labels.length &&
    a.labels.every(({ key, value }, index) => key === b.labels[index]?.key && value === b.labels[index]?.value)
  );
}

function refuse(message: string): never {
  throw new TesseraError('INVALID_ARGUMENT', message);
}
