import type { ContentTag } from '../workload/content.js';
import { OracleViolation } from './violation.js';

/** Inode ids are given once: here each stands for one content for ever, and each content for one inode. */
export class Identities {
  readonly #inodeOf = new Map<number, bigint>();
  readonly #contentOf = new Map<bigint, number>();

  /** @throws OracleViolation */
  note({ id }: ContentTag, inode: bigint): void {
    const other = this.#contentOf.get(inode);
    if (other !== undefined && other !== id) {
      throw new OracleViolation(`inode ${inode} is content #${id} and was content #${other}: an id was used again`);
    }
    const before = this.#inodeOf.get(id);
    if (before !== undefined && before !== inode) {
      throw new OracleViolation(`content #${id} has inode ${inode} and had ${before}: one put made two files`);
    }
    this.#contentOf.set(inode, id);
    this.#inodeOf.set(id, inode);
  }
}
