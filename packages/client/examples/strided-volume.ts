// Reads a plane and a box out of a volume that is stored slice by slice, without reading the rest.
import { connect, datatype } from '@tessera/client';

const [SLICES, ROWS, COLUMNS] = [40, 64, 128]; // 16-bit voxels
const SLICE_BYTES = ROWS * COLUMNS * 2;

/** The value of a voxel tells where it is. */
const voxel = (slice: number, row: number, column: number) => slice * 1_000 + row * 10 + (column % 10);

const client = await connect({ metaserver: process.env.TESSERA_METASERVER ?? '127.0.0.1:7070' });
try {
  const volume = new Uint16Array(SLICES * ROWS * COLUMNS).map((_, index) =>
    voxel(Math.floor(index / (ROWS * COLUMNS)), Math.floor(index / COLUMNS) % ROWS, index % COLUMNS),
  );
  await client.putFile('/ct.raw', new Uint8Array(volume.buffer), { replace: true });
  const file = await client.open('/ct.raw', 'r');

  // The coronal plane through row 30: one row of each slice, at equal distances.
  const plane = await file.readStrided({
    offset: 30 * COLUMNS * 2,
    blockBytes: COLUMNS * 2,
    strideBytes: SLICE_BYTES,
    count: SLICES,
  });
  const seen = new Uint16Array(plane.buffer, plane.byteOffset, plane.length / 2);
  console.log(seen[5 * COLUMNS + 3] === voxel(5, 30, 3));

  // A box of 8 × 16 × 32 voxels, as MPI and PVFS describe it.
  const box = datatype.subarray(
    { sizes: [SLICES, ROWS, COLUMNS], subsizes: [8, 16, 32], starts: [10, 20, 30] },
    datatype.uint16,
  );
  const cube = new Uint16Array(8 * 16 * 32);
  const got = await file.readView(new Uint8Array(cube.buffer), { file: datatype.view(box) });
  console.log(got === box.size, cube[0] === voxel(10, 20, 30), cube.at(-1) === voxel(17, 35, 61));

  await file.close();
} finally {
  await client.close();
}
