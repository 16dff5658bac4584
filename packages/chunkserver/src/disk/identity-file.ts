import { type Clock, type Disk, type Log, type Random, replaceFile } from '@tessera/env';
import { DISK_ID_BYTES, ERA_MAX, RECEIPT_KEY_BYTES } from '@tessera/protocol';
import { decodeIdentity, encodeIdentity, IDENTITY_BYTES, type Identity } from './identity.js';

export const IDENTITY_NAME = 'identity';

/** The disk's identity, held in memory and durably replaced at every change. */
export class IdentityFile {
  readonly #disk: Disk;
  readonly #directory: string;
  #identity: Identity;
  #changing: Promise<void> = Promise.resolve();

  private constructor(disk: Disk, directory: string, identity: Identity) {
    this.#disk = disk;
    this.#directory = directory;
    this.#identity = identity;
  }

  /** @throws TesseraError DISK_REFUSED; DiskError */
  static async load(disk: Disk, directory: string, log: Log): Promise<IdentityFile> {
    const path = `${directory}/${IDENTITY_NAME}`;
    const { bytes, isTooLong } = await readBeginning(disk, path);
    const { identity, damagedAt } = decodeIdentity(bytes, path);
    const file = new IdentityFile(disk, directory, identity);
    if (damagedAt.length > 0) {
      log.warn({ path, damagedAt }, 'one copy of the identity is damaged: writing both anew from the other');
    }
    if (isTooLong) log.warn({ path }, 'the identity is longer than it should be: writing it anew without the rest');
    if (damagedAt.length > 0 || isTooLong) await file.change({});
    return file;
  }

  /** Makes a fresh disk. @throws DiskError */
  static async create(env: { disk: Disk; random: Random; clock: Clock }, directory: string): Promise<IdentityFile> {
    const file = new IdentityFile(env.disk, directory, {
      diskId: env.random.fill(new Uint8Array(DISK_ID_BYTES)),
      clusterId: undefined,
      server: 0,
      eraSeen: 0,
      receiptKey: env.random.fill(new Uint8Array(RECEIPT_KEY_BYTES)),
      newestFile: 0,
      madeNs: env.clock.wallNs(),
    });
    await file.change({});
    return file;
  }

  get current(): Readonly<Identity> {
    return this.#identity;
  }

  /** Resolves once the change is durable; only then `current` shows it. @throws DiskError */
  change(fields: Partial<Identity>): Promise<void> {
    const changed = this.#changing.then(async () => {
      const identity = { ...this.#identity, ...fields };
      await replaceFile(this.#disk, this.#directory, IDENTITY_NAME, encodeIdentity(identity));
      this.#identity = identity;
    });
    this.#changing = changed.catch(() => {});
    return changed;
  }

  /** Makes the era the highest seen, if it is. Resolves once durable. @throws DiskError */
  async sawEra(era: number): Promise<void> {
    if (era > ERA_MAX) throw new RangeError(`era ${era} cannot be: the highest is ${ERA_MAX}`);
    if (era > this.#identity.eraSeen) await this.change({ eraSeen: era });
  }
}

/** A disk that wrote something else behind the two copies has not damaged them. */
async function readBeginning(disk: Disk, path: string): Promise<{ bytes: Uint8Array; isTooLong: boolean }> {
  const file = await disk.open(path, 'read');
  try {
    const bytes = new Uint8Array(IDENTITY_BYTES);
    const count = await file.read(bytes, 0);
    return { bytes: bytes.subarray(0, count), isTooLong: file.bytes > IDENTITY_BYTES };
  } finally {
    await file.close();
  }
}
