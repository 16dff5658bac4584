import { formatId, ID_NONE, type Id, type Layout, v1 } from '@tessera/protocol';
import type { MixingKey } from '../../records/stripe.js';

/** Until there are tenants, all is one tenant's. */
export const ONLY_TENANT = 0;

/** With which other files a file may share stripes. `directory`: the one whose layout it is written under. */
export function mixingKeyOf(layout: Layout, directory: Id, file: Id): MixingKey {
  const { mixing } = layout;
  return { tenant: ONLY_TENANT, mixing, inode: boundOf(mixing, directory, file) };
}

export function sameMixing(a: MixingKey, b: MixingKey): boolean {
  return a.inode === b.inode && a.mixing === b.mixing && a.tenant === b.tenant;
}

/** For messages: whose files these are. */
export function describeMixing({ mixing, inode }: MixingKey): string {
  if (mixing === v1.Mixing.MIXING_FILE) return `of file ${formatId(inode)} alone`;
  if (mixing === v1.Mixing.MIXING_TENANT) return 'of all directories of its tenant that mix so';
  return `of directory ${formatId(inode)}`;
}

function boundOf(mixing: v1.Mixing, directory: Id, file: Id): Id {
  if (mixing === v1.Mixing.MIXING_FILE) return file;
  return mixing === v1.Mixing.MIXING_TENANT ? ID_NONE : directory;
}
