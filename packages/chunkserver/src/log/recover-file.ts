import type { Disk, Log } from '@tessera/env';
import { EntryKind } from './entry.js';
import type { FileIdentity } from './file-header.js';
import { Footer } from './footer.js';
import { LSN_GAP } from './limits.js';
import { scanLogFile } from './scan.js';
import { encodeSeal } from './seal.js';

export interface RecoveredFile {
  footer: Footer;
  /** No record of this file, lost ones included, has a higher LSN. */
  sealLsn: number;
  /** Length of the file now. */
  bytes: number;
}

/**
 * Scans a log file that does not end in a good seal, and appends one. Nothing is cut or overwritten. Without room for the
 * seal the entries are good all the same; the next start scans again. @throws DiskError from reading
 */
export async function recoverFile(
  env: { disk: Disk; log: Log },
  path: string,
  identity: FileIdentity,
): Promise<RecoveredFile> {
  const { disk, log } = env;
  const reader = await disk.open(path, 'read');
  try {
    const { entries, end, lastLsn } = await scanLogFile(reader, identity.nonce);
    const footer = new Footer();
    for (const entry of entries) footer.add(entry);
    const doubtful = entries.filter(({ kind }) => kind === EntryKind.DOUBTFUL).length;
    log.warn({ path, entries: entries.length, doubtful }, 'log file was not sealed: scanned it');
    const sealLsn = Math.max(lastLsn, identity.firstLsn) + LSN_GAP;
    const sealed = await sealAt(env, path, footer, identity, { offset: end, lsn: sealLsn });
    return { footer, sealLsn, bytes: sealed ?? reader.bytes };
  } finally {
    await reader.close();
  }
}

async function sealAt(
  { disk, log }: { disk: Disk; log: Log },
  path: string,
  footer: Footer,
  identity: FileIdentity,
  place: { offset: number; lsn: number },
): Promise<number | undefined> {
  const { chunks, bytes } = encodeSeal(footer, identity, place);
  const end = place.offset + bytes;
  try {
    const writer = await disk.open(path, 'write');
    try {
      writer.writeSync(chunks, place.offset);
      // Only zeros that were never written lie behind.
      await writer.truncate(end);
      await writer.sync();
    } finally {
      await writer.close();
    }
    return end;
  } catch (error) {
    log.warn({ path, error: String(error) }, 'could not seal the scanned log file; the next start scans it again');
    return undefined;
  }
}
