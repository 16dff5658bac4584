import type { Disk, DiskFile, Log } from '@tessera/env';
import { hash64, readUint32, readUint64, TesseraError, writeUint32, writeUint64 } from '@tessera/protocol';
import { readSafeInteger, readUint16, writeSafeInteger, writeUint16 } from '../log/safe-integer.js';

/** A durable end of the metaserver's journal. */
export interface Witness {
  era: number;
  lsn: number;
  /** 32 bytes, the journal's hash chain at that LSN. */
  chain: Uint8Array;
}

interface Slot {
  count: number;
  witness: Witness;
}

const NAME = 'witness';
const CHAIN_BYTES = 32;
const SLOT_BYTES = 4096;
const SLOTS = 2;
const VERSION = 1;
/** 'TSWT' */
const MAGIC = 0x54535754;
const CHECKSUM_OFFSET = 64;

/** The newest journal end this disk was told, written alternately into two slots. */
export class WitnessFile {
  readonly #handle: DiskFile;
  #newest: Slot | undefined;
  #writing: Promise<void> = Promise.resolve();

  private constructor(handle: DiskFile, newest: Slot | undefined) {
    this.#handle = handle;
    this.#newest = newest;
  }

  /** @throws TesseraError DISK_REFUSED for a newer format; DiskError */
  static async open(disk: Disk, directory: string, log: Log): Promise<WitnessFile> {
    const path = `${directory}/${NAME}`;
    const exists = (await disk.stat(path)) !== undefined;
    const handle = await disk.open(path, exists ? 'write' : 'create');
    if (!exists) await disk.syncDirectory(directory);
    const bytes = new Uint8Array(SLOT_BYTES * SLOTS);
    const length = await handle.read(bytes, 0);
    let newest: Slot | undefined;
    for (let slot = 0; slot * SLOT_BYTES < length; slot++) {
      const at = slot * SLOT_BYTES;
      const decoded = decodeSlot(bytes.subarray(at, at + CHECKSUM_OFFSET + 8), path);
      if (decoded === undefined) {
        const isWritten = bytes.subarray(at, at + SLOT_BYTES).some((byte) => byte !== 0);
        if (isWritten)
          log.warn({ path, offset: at }, 'a slot of the journal witness is damaged: the other one is used');
      } else if (newest === undefined || decoded.count > newest.count) newest = decoded;
    }
    return new WitnessFile(handle, newest);
  }

  get current(): Witness | undefined {
    return this.#newest?.witness;
  }

  /** Keeps the witness if it is newer than what is known. Resolves once it is durable. @throws DiskError */
  note(witness: Witness): Promise<void> {
    const written = this.#writing.then(async () => {
      if (!isNewer(witness, this.current)) return;
      const slot: Slot = { count: (this.#newest?.count ?? 1) + 1, witness };
      this.#handle.writeSync([encodeSlot(slot)], (slot.count % SLOTS) * SLOT_BYTES);
      await this.#handle.sync();
      this.#newest = slot;
    });
    this.#writing = written.catch(() => {});
    return written;
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#handle.close();
  }
}

export function isNewer(witness: Witness, than: Witness | undefined): boolean {
  if (than === undefined || witness.era !== than.era) return witness.era > (than?.era ?? -1);
  return witness.lsn > than.lsn;
}

function encodeSlot({ count, witness }: Slot): Uint8Array {
  const bytes = new Uint8Array(SLOT_BYTES);
  writeUint32(bytes, 0, MAGIC);
  writeUint16(bytes, 4, VERSION);
  writeSafeInteger(bytes, 8, count);
  writeUint32(bytes, 16, witness.era);
  writeSafeInteger(bytes, 24, witness.lsn);
  bytes.set(witness.chain.subarray(0, CHAIN_BYTES), 32);
  writeUint64(bytes, CHECKSUM_OFFSET, hash64(bytes.subarray(0, CHECKSUM_OFFSET)));
  return bytes;
}

function decodeSlot(bytes: Uint8Array, path: string): Slot | undefined {
  if (bytes.length < CHECKSUM_OFFSET + 8 || readUint32(bytes, 0) !== MAGIC) return undefined;
  if (hash64(bytes.subarray(0, CHECKSUM_OFFSET)) !== readUint64(bytes, CHECKSUM_OFFSET)) return undefined;
  const version = readUint16(bytes, 4);
  if (version !== VERSION) {
    throw new TesseraError(
      'DISK_REFUSED',
      `${path} has format ${version}; this program knows ${VERSION}: run the release that wrote it`,
    );
  }
  return {
    count: readSafeInteger(bytes, 8),
    witness: { era: readUint32(bytes, 16), lsn: readSafeInteger(bytes, 24), chain: bytes.slice(32, 32 + CHAIN_BYTES) },
  };
}
