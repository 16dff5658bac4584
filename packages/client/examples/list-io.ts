// Many small pieces of one file in one call each way.
import { connect } from '@tessera/client';

const client = await connect({ metaserver: process.env.TESSERA_METASERVER ?? '127.0.0.1:7070' });
try {
  const file = await client.open('/tiles.bin', 'w+');
  await file.truncate(16 * 1024 * 1024); // a hole: zeros that take no space

  // Tiles anywhere in the file, in any order; they must not overlap.
  const tiles = Array.from({ length: 1_000 }, (_, index) => ({
    offset: ((index * 7_919) % 4_096) * 4_096,
    data: new Uint8Array(4_096).fill(1 + (index % 255)),
  }));
  await file.writev(tiles);
  await file.flush();

  // One call is a few requests, and reads each block once, however many ranges lie in it.
  const ranges = tiles.map(({ offset }) => ({ offset, length: 64 }));
  const pieces = await file.readv(ranges);
  console.log(
    pieces.length,
    pieces.every((piece, index) => piece.every((byte) => byte === 1 + (index % 255))),
  );

  // The same into one buffer: the ranges one after the other.
  const buffer = new Uint8Array(ranges.length * 64);
  const lengths = await file.readvInto(buffer, ranges);
  console.log(
    lengths.every((length) => length === 64),
    buffer[64] === 2,
  );

  await file.close();
} finally {
  await client.close();
}
