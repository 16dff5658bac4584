import { type ErrorCode, encodePath, ID_BYTES, RECEIPT_BYTES, toLong, v1 } from '@tessera/protocol';

/** A request to the metaserver that can never be right, and what it is refused with. */
export interface Malformed {
  readonly what: string;
  readonly code: ErrorCode;
  readonly operation: v1.Operation.$Properties;
}

const ID = Uint8Array.from({ length: ID_BYTES }, (_, index) => (index === ID_BYTES - 1 ? 77 : 0));
const PAST_END = toLong(2n ** 53n);
const extent = (fields: object = {}) => ({ pg: 1, stripe: ID, slot: 0, fileOffset: 0, length: 10, ...fields });
const slot = (fields: object = {}) => ({
  position: 0,
  length: 10,
  root: ID,
  server: 1,
  receipt: new Uint8Array(RECEIPT_BYTES),
  durability: v1.Durability.DURABILITY_SYNCED,
  ...fields,
});
const stripe = (fields: object = {}) => ({
  pg: 1,
  stripe: ID,
  lease: ID,
  dataCount: 1,
  parityCount: 1,
  slots: [slot(), slot({ position: 1, server: 2 })],
  target: { data: 1, parity: 1 },
  ...fields,
});

/** All such requests, in a directory. `path` is a name in it that nothing has. */
export function malformedRequests(directory: string, path: string): Malformed[] {
  const node = { path: encodePath(path) };
  const root = { path: encodePath(directory) };
  const refuse = (what: string, operation: v1.Operation.$Properties, code: ErrorCode = 'INVALID_ARGUMENT') => ({
    what,
    code,
    operation,
  });
  const put = (fields: object) => ({
    putFile: { node, bytes: 10, extents: [extent()], stripes: [stripe()], ...fields },
  });
  const write = (fields: object) => ({ write: { node: root, ...fields } });
  return [
    refuse('a stat of nothing', { stat: {} }),
    refuse('a name for the root', { remove: { node: {} } }, 'INVALID_PATH'),
    refuse('bytes that nobody sends', { putFile: { node, bytes: 5 } }),
    refuse('bytes twice', put({ inlineData: new Uint8Array(10) })),
    refuse('stripes without extents', put({ extents: [] })),
    refuse('an extent without bytes', put({ extents: [extent({ length: 0 })] })),
    refuse('extents that overlap', put({ bytes: 20, extents: [extent(), extent({ fileOffset: 5 })] })),
    refuse('an extent past the longest file', put({ extents: [extent({ fileOffset: toLong(2n ** 53n - 2n) })] })),
    refuse('extents past the end', put({ bytes: 5 })),
    refuse('a stripe of no group', put({ stripes: [stripe({ pg: 0 })] })),
    refuse('a stripe that lacks slots', put({ stripes: [stripe({ slots: [slot()] })] })),
    refuse('a stripe of too many shards', put({ stripes: [stripe({ dataCount: 33 })] })),
    refuse('a slot without bytes', put({ stripes: [stripe({ slots: [slot({ length: 0 }), slot()] })] })),
    refuse('parity of another length', put({ stripes: [stripe({ slots: [slot(), slot({ length: 9 })] })] })),
    refuse('two leases of one stripe', put({ stripes: [stripe(), stripe()] })),
    refuse(
      'too many extents',
      put({ bytes: 9_000, extents: Array.from({ length: 1_001 }, () => extent()) }),
      'TOO_LARGE',
    ),
    refuse('a file that sets what directories do', put({ layout: { inlineBytes: 5 } })),
    refuse('a write of nothing', write({})),
    refuse('a write and a cut', write({ truncate: { bytes: 1 }, patches: [{ offset: 0, data: ID }] })),
    refuse('a cut at the end', write({ append: true, truncate: { bytes: 1 } })),
    refuse('a cut past the longest file', write({ truncate: { bytes: PAST_END } })),
    refuse('a patch of nothing', write({ patches: [{ offset: 0 }] })),
    refuse('a write to a directory', write({ truncate: { bytes: 1 } }), 'IS_A_DIRECTORY'),
    refuse('exclusive and not made', { openFile: { node, exclusive: true } }),
    refuse('opening a directory', { openFile: { node: root } }, 'IS_A_DIRECTORY'),
    refuse('a file staged nowhere', { extend: { extents: [extent()], stripes: [stripe()] } }),
    refuse('more of a file that was not staged', { extend: { inode: ID, extents: [extent()] } }, 'NOT_FOUND'),
    refuse('no more of a staged file', { extend: { inode: ID } }),
    refuse('a file that was not staged', { publish: { inode: ID, node, bytes: 0 } }, 'NOT_FOUND'),
    refuse('a file of nobody', { publish: { node, bytes: 0 } }),
    refuse('a layout that is not there', { setLayout: { node: root } }),
    refuse('an attribute of no mode', { setXattr: { node: root, name: ID.subarray(7), mode: 99 as v1.XattrMode } }),
    refuse('a name of no text', { setXattr: { node: root, name: Uint8Array.of(0xff) } }),
    refuse('a link to nothing', { symlink: { node, target: new Uint8Array() } }, 'INVALID_PATH'),
    refuse('a link with a NUL', { symlink: { node, target: Uint8Array.of(65, 0) } }, 'INVALID_PATH'),
    refuse('a time twice', { setAttributes: { node: root, modifiedNs: 5, modifiedNow: true } }),
    refuse('a listing of too many', { list: { node: root, limit: 5_001 } }),
    refuse('a lease in no group', { grantLease: { layout: { redundancy: { data: 1 } }, pgs: 0, stripesPerPg: 1 } }),
    refuse('a lease of too many', {
      grantLease: { layout: { redundancy: { data: 1 } }, pgs: 1, stripesPerPg: 99_999 },
    }),
  ];
}

/** Whether it is a question: those have no sequence. */
export function isQuestion({ stat, list }: v1.Operation.$Properties): boolean {
  return stat !== undefined || list !== undefined;
}
