import type { Disk } from '@tessera/env';
import { TesseraError } from '@tessera/protocol';
import { FileWindow } from './file-window.js';
import { type FileEnd, JournalFileReader, type JournalGroup } from './journal-file-reader.js';
import { type FormatFault, JOURNAL_VERSION, parseJournalFileName } from './journal-format.js';
import type { JournalPosition } from './journal-position.js';

export interface JournalRead {
  disk: Disk;
  directory: string;
  /** Groups up to here are skipped; the journal must have gone through this very position. */
  base: JournalPosition;
  /** Reading stops once this lsn was read; without it, at the journal's end. */
  untilLsn?: number;
  /** Called for each group after the base, in order. */
  visit(group: JournalGroup): void | Promise<void>;
}

export interface JournalReadEnd {
  position: JournalPosition;
  /** Highest era of any file read, also of one without groups. */
  era: number;
  /** Bytes of the groups after the base. */
  bytes: number;
  /** Behind the last good group is a torn or damaged one. */
  tailDropped: boolean;
  /** What an operator should hear about: dropped groups, damaged padding. */
  alarms: string[];
  /** Where the last group stands; undefined when none was read. */
  lastGroup: GroupPlace | undefined;
}

export interface GroupPlace {
  path: string;
  offset: number;
  bytes: number;
}

/**
 * Reads the journal from `base` on, checking everything.
 * @throws TesseraError CORRUPT for damage in the middle, missing files or a journal that ends before its base;
 *   WRONG_VERSION for a later format
 */
export async function readJournal(read: JournalRead): Promise<JournalReadEnd> {
  const files = await journalFiles(read.disk, read.directory);
  const first = firstNeeded(files, read.base.lsn);
  const end: JournalReadEnd = {
    position: read.base,
    era: read.base.era,
    bytes: 0,
    tailDropped: false,
    alarms: [],
    lastGroup: undefined,
  };
  if (first === undefined) {
    if (files.length === 0 && read.base.lsn === 0) return end;
    throw new TesseraError('CORRUPT', missingMessage(read, files[0]));
  }
  let previous: { path: string; end: FileEnd } | undefined;
  for (const [index, file] of files.entries()) {
    if (index < first) continue;
    const path = `${read.directory}/${file.name}`;
    const handle = await read.disk.open(path, 'read');
    try {
      const reader = await JournalFileReader.open(new FileWindow(handle));
      if ('expected' in reader) throw damaged(path, 0, reader);
      const { header } = reader;
      if (header.firstLsn !== file.firstLsn || header.era !== file.era) {
        throw damaged(path, 0, { expected: `a header for lsn ${file.firstLsn}, era ${file.era}`, newer: false });
      }
      if (previous === undefined) {
        const { era, firstLsn, chain } = header;
        if (firstLsn <= read.base.lsn) end.position = { era, lsn: firstLsn - 1, chain, timeNs: 0n };
        checkBase(end.position, read.base, path, reader.offset);
      }
      checkLink(end.position, reader, path, previous);
      end.era = Math.max(end.era, header.era);
      const fileEnd = await readFile(read, reader, end, path);
      end.alarms.push(...reader.notes.map((note) => `${path}: ${note}`));
      if (fileEnd === undefined) return end;
      previous = { path, end: fileEnd };
    } finally {
      await handle.close();
    }
  }
  if (previous) checkTail(previous.path, previous.end, end);
  if (end.position.lsn < read.base.lsn) {
    throw new TesseraError(
      'CORRUPT',
      `${previous?.path ?? read.directory}: the journal ends at lsn ${end.position.lsn}, but a checkpoint has lsn ` +
        `${read.base.lsn}: groups are missing at its end. ${HEALS}`,
    );
  }
  return end;
}

/** Journal files in order. */
export async function journalFiles(disk: Disk, directory: string) {
  const names = await disk.list(directory);
  return names.flatMap((name) => {
    const parsed = parseJournalFileName(name);
    return parsed ? [{ name, ...parsed }] : [];
  });
}

/** Index of the file that has the group after `lsn`, or will. */
export function firstNeeded(files: readonly { firstLsn: number }[], lsn: number): number | undefined {
  const next = files.findIndex((file) => file.firstLsn === lsn + 1);
  const index = next >= 0 ? next : files.findLastIndex((file) => file.firstLsn <= lsn);
  return index >= 0 ? index : undefined;
}

/** Reads a file's groups into `end`. Returns undefined when `untilLsn` was reached. */
async function readFile(
  read: JournalRead,
  reader: JournalFileReader,
  end: JournalReadEnd,
  path: string,
): Promise<FileEnd | undefined> {
  for (;;) {
    const { offset } = reader;
    const group = await reader.next(end.position);
    if (!('payload' in group)) return group;
    end.lastGroup = { path, offset, bytes: group.bytes };
    if (group.firstLsn <= read.base.lsn) {
      end.position = group.position;
      checkBase(end.position, read.base, path, offset);
    } else {
      await read.visit(group);
      end.position = group.position;
      end.bytes += group.bytes;
    }
    if (read.untilLsn !== undefined && end.position.lsn >= read.untilLsn) return undefined;
  }
}

function checkBase(position: JournalPosition, base: JournalPosition, path: string, offset: number): void {
  if (position.lsn < base.lsn) return;
  if (position.lsn > base.lsn || !Buffer.from(position.chain).equals(base.chain)) {
    throw damaged(path, offset, { expected: `the history that the checkpoint of lsn ${base.lsn} has`, newer: false });
  }
}

function checkLink(
  position: JournalPosition,
  { header }: JournalFileReader,
  path: string,
  previous: { path: string; end: FileEnd } | undefined,
): void {
  const linked = header.firstLsn === position.lsn + 1 && Buffer.from(header.chain).equals(position.chain);
  if (linked && header.era >= position.era) return;
  if (previous?.end.fault) throw damaged(previous.path, previous.end.offset, previous.end.fault);
  throw new TesseraError(
    'CORRUPT',
    `${path}: offset 0: expected a file that begins after lsn ${position.lsn}, found one that begins at ` +
      `${header.firstLsn}: a journal file before it is missing or cut short. ${HEALS}`,
  );
}

/** What is behind the last good group of the last file. */
function checkTail(path: string, { offset, fault, laterGroupAt }: FileEnd, end: JournalReadEnd): void {
  if (fault === undefined) return;
  if (fault.newer || laterGroupAt !== undefined) throw damaged(path, offset, fault, laterGroupAt);
  end.tailDropped = true;
  end.alarms.push(
    `${path}: offset ${offset}: expected ${fault.expected}: the journal's last group is torn or damaged and was ` +
      `dropped; the journal ends at lsn ${end.position.lsn}. A group that was never acknowledged is lost without harm ` +
      'in a crash; chunkservers that know a later lsn stop the metaserver, which says so.',
  );
}

const HEALS =
  'The metaserver does not start, to lose nothing silently. Journal files only ever grow: put back this file from a ' +
  "backup of the metaserver's directory that is at least as new, or the whole directory.";

function damaged(path: string, offset: number, fault: FormatFault, laterGroupAt?: number): TesseraError {
  if (fault.newer) {
    return new TesseraError(
      'WRONG_VERSION',
      `${path}: offset ${offset}: expected ${fault.expected}: a later release wrote it. Start that release or a later ` +
        `one; this one reads version ${JOURNAL_VERSION}.`,
    );
  }
  const later = laterGroupAt === undefined ? '' : ` (a later group is intact at offset ${laterGroupAt})`;
  return new TesseraError(
    'CORRUPT',
    `${path}: offset ${offset}: expected ${fault.expected}, found other bytes: the journal is damaged in the ` +
      `middle${later}. ${HEALS}`,
  );
}

function missingMessage({ directory, base }: JournalRead, first: { name: string } | undefined): string {
  return (
    `${directory}: expected a journal file with lsn ${base.lsn + 1} or the one before it, ` +
    `${first ? `the first is ${first.name}` : 'there is none'}. ${HEALS}`
  );
}
