const SUFFIX = '.tessera-part';
/** Leaves room for the rest within the 255 bytes of a name. */
const BASE_BYTES_MAX = 180;

/** The name of a file that is not whole yet, beside the one it becomes; `identity` tells its content from others. */
export function partName(name: string, identity: string): string {
  return `.${baseOf(name)}.${identity}${SUFFIX}`;
}

function baseOf(name: string): string {
  return Buffer.from(name).subarray(0, BASE_BYTES_MAX).toString('utf8').replaceAll('\ufffd', '');
}

/** Whether `part` is the name of an unfinished download to `name` of what was there before the content `identity`. */
export function isOlderPart(part: string, name: string, identity: string): boolean {
  if (!isPartName(part)) return false;
  const end = part.length - SUFFIX.length;
  const dot = part.lastIndexOf('.', end - 1);
  const [one, other] = [contentOf(part.slice(dot + 1, end)), contentOf(identity)];
  if (one === undefined || other === undefined || part.slice(1, dot) !== baseOf(name)) return false;
  if (one.inode === other.inode) return one.version < other.version;
  // A file put in place of another has a later inode. Names that were cut may be those of two files.
  return one.inode < other.inode && baseOf(name) === name;
}

/** Inode and content version, as `RemoteSide` joins them. */
function contentOf(identity: string): { inode: bigint; version: bigint } | undefined {
  const [, inode, version] = /^([0-9a-f]{1,16})-([0-9a-f]{1,16})$/.exec(identity) ?? [];
  if (inode === undefined || version === undefined) return undefined;
  return { inode: BigInt(`0x${inode}`), version: BigInt(`0x${version}`) };
}

export function isPartName(name: string): boolean {
  return name.startsWith('.') && name.endsWith(SUFFIX);
}
