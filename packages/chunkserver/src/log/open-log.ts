import type { Disk, Log } from '@tessera/env';
import { TesseraError } from '@tessera/protocol';
import { decodeFileHeader, type FileIdentity } from './file-header.js';
import type { Footer } from './footer.js';
import { FILE_HEADER_BYTES, LOST_FILE_LSNS_MAX } from './limits.js';
import { LogFiles, parseLogFileName } from './log-files.js';
import { recoverFile } from './recover-file.js';
import { readFooter, readSeal, readTrailer } from './seal.js';

/** A log file as found at the start, sealed by now. */
export interface SealedFile {
  readonly file: number;
  readonly entries: number;
  /** Its footer; scans the file when the footer turns out to be damaged. @throws DiskError */
  footer(): Promise<Footer>;
}

export interface OpenedLog {
  files: LogFiles;
  /** In the order of their numbers. Files that cannot be read are not among them. */
  sealed: SealedFile[];
  /** Number of the newest file; 0 when there is none. */
  newestFile: number;
  nextLsn: number;
  usedBytes: number;
  /** False when some file was not sealed. */
  clean: boolean;
  /** What an administrator should know, one line each. */
  damage: string[];
}

interface FoundFile {
  readonly file: number;
  readonly path: string;
  readonly bytes: number;
  /** Offsets of copies of the header that are damaged. */
  readonly damagedAt: readonly number[];
  /** From the header, or else from the trailer; undefined: the file cannot be read. */
  readonly identity: FileIdentity | undefined;
}

/**
 * Opens the log files of a directory: checks that they belong to this disk and go with its identity, then seals what an
 * unclean stop left unsealed. Before everything is checked nothing is changed.
 * @throws TesseraError DISK_REFUSED; DiskError
 */
export async function openLog(options: {
  disk: Disk;
  log: Log;
  directory: string;
  diskId: Uint8Array;
  /** The newest log file the identity knows of. */
  identityFile: number;
}): Promise<OpenedLog> {
  const { disk, log, directory, identityFile } = options;
  const files = new LogFiles(disk, directory);
  const damage: string[] = [];
  const found: FoundFile[] = [];
  for (const name of await disk.list(directory)) {
    const file = parseLogFileName(name);
    if (file === undefined) log.warn({ path: `${directory}/${name}` }, 'ignored: not a log file');
    else found.push(await inspect(options, file, files.path(file)));
  }
  const whole = found.filter((one) => !isUnborn(one, identityFile));
  checkNumbers(whole, directory, identityFile, damage);
  for (const one of found) if (isUnborn(one, identityFile)) await disk.remove(one.path);
  const opened: OpenedLog = {
    files,
    sealed: [],
    newestFile: whole.at(-1)?.file ?? 0,
    nextLsn: 1,
    usedBytes: 0,
    clean: true,
    damage,
  };
  for (const one of whole) await takeIn(options, one, opened);
  for (const line of damage) log.error({ directory }, line);
  return opened;
}

async function inspect(
  { disk, diskId }: { disk: Disk; diskId: Uint8Array },
  file: number,
  path: string,
): Promise<FoundFile> {
  const handle = await disk.open(path, 'read');
  try {
    const bytes = new Uint8Array(FILE_HEADER_BYTES);
    await handle.read(bytes, 0);
    const { header, damagedAt } = decodeFileHeader(bytes, path);
    if (header !== undefined && Buffer.compare(header.diskId, diskId) !== 0) {
      throw new TesseraError(
        'DISK_REFUSED',
        `log file ${path} belongs to another disk: put it back where it came from`,
      );
    }
    if (header !== undefined && header.file !== file) {
      throw new TesseraError('DISK_REFUSED', `log file ${path} is number ${header.file}: give it its own name back`);
    }
    const trailer = header === undefined ? await readTrailer(handle) : undefined;
    const isOwn = trailer?.file === file && Buffer.compare(trailer.diskId, diskId) === 0;
    return { file, path, bytes: handle.bytes, damagedAt, identity: header ?? (isOwn ? trailer : undefined) };
  } finally {
    await handle.close();
  }
}

/** A crash came before the file's header was durable: no record was ever written to it. */
function isUnborn({ file, damagedAt, bytes }: FoundFile, identityFile: number): boolean {
  return damagedAt.length > 0 && file > identityFile && bytes <= FILE_HEADER_BYTES;
}

function checkNumbers(found: readonly FoundFile[], directory: string, identityFile: number, damage: string[]): void {
  const newest = found.at(-1)?.file ?? 0;
  if (newest < identityFile || newest > identityFile + 1) {
    throw new TesseraError(
      'DISK_REFUSED',
      `the log in ${directory} ends with file ${newest}, the disk's identity with ${identityFile}: one of them was rolled back or lost; restore what is missing, or replace the disk`,
    );
  }
  for (const [index, { file, path, damagedAt, identity }] of found.entries()) {
    const expected = (found[index - 1]?.file ?? 0) + 1;
    if (file > expected)
      damage.push(`log files ${expected} to ${file - 1} are missing in ${directory}: their shards are lost here`);
    if (damagedAt.length > 0) damage.push(`log file ${path}: ${describeDamage(damagedAt, identity)}`);
  }
}

function describeDamage(damagedAt: readonly number[], identity: FileIdentity | undefined): string {
  if (identity === undefined)
    return 'both copies of its header, and its trailer, are damaged; its shards cannot be read';
  if (damagedAt.length > 1) return 'both copies of its header are damaged; its trailer is used';
  return `the copy of its header at ${damagedAt.join(', ')} is damaged; the other one is used`;
}

async function takeIn(options: { disk: Disk; log: Log }, one: FoundFile, opened: OpenedLog): Promise<void> {
  const { file, path, identity } = one;
  const { files } = opened;
  files.add(file, identity?.nonce);
  if (identity === undefined) {
    // Its numbers must not be given again: the index may still have rows of it, which would pass for later than new ones.
    opened.nextLsn += LOST_FILE_LSNS_MAX;
    opened.usedBytes += one.bytes;
    opened.clean = false;
    return;
  }
  const seal = await files.use(file, (handle, nonce) => readSeal(handle, file, nonce));
  if (seal !== undefined) {
    const footer = async () =>
      (await files.use(file, (handle) => readFooter(handle, seal))) ??
      (await recoverFile(options, path, identity)).footer;
    opened.sealed.push({ file, entries: seal.entries, footer });
    opened.nextLsn = Math.max(opened.nextLsn, seal.lsn + 1);
    opened.usedBytes += one.bytes;
    return;
  }
  const recovered = await recoverFile(options, path, identity);
  await files.forget(file);
  opened.sealed.push({ file, entries: recovered.footer.count, footer: async () => recovered.footer });
  opened.nextLsn = Math.max(opened.nextLsn, recovered.sealLsn + 1);
  opened.usedBytes += recovered.bytes;
  opened.clean = false;
}
