// Streams a large file in and out; memory stays bounded whatever its length.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { connect } from '@tessera/client';

const bytes = Number(process.argv[2] ?? 1024 ** 3);

/** Stands for a file, a socket, a scanner: anything that gives its bytes in pieces. */
async function* source(hash: ReturnType<typeof createHash>): AsyncGenerator<Uint8Array> {
  for (let offset = 0, piece = 0; offset < bytes; piece += 1) {
    const chunk = new Uint8Array(Math.min(256 * 1024, bytes - offset)).fill(piece % 251);
    hash.update(chunk);
    offset += chunk.length;
    yield chunk;
  }
}

const client = await connect({ metaserver: process.env.TESSERA_METASERVER ?? '127.0.0.1:7070' });
try {
  const written = createHash('sha256');
  // The file is there, whole, once the stream has finished. Were the source to fail, nothing of it would be there.
  await pipeline(Readable.from(source(written)), client.writeStream('/slide.tiff', { replace: true }));

  const read = createHash('sha256');
  for await (const piece of client.readStream('/slide.tiff')) read.update(piece);
  console.log(written.digest('hex') === read.digest('hex') ? `${bytes} bytes, identical` : 'different');

  // A part of it; an open file gives Node and web streams of any range, too.
  let tail = 0;
  for await (const piece of client.readStream('/slide.tiff', { start: bytes - 1_000 })) tail += piece.length;
  console.log(tail);
} finally {
  await client.close();
}
