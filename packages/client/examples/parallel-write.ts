// Several processes write one file at the same time, each its own part.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { connect } from '@tessera/client';

const WRITERS = 4;
const PART_BYTES = 3_000_000; // parts need not end where segments or blocks do

const client = await connect({ metaserver: process.env.TESSERA_METASERVER ?? '127.0.0.1:7070' });
const part = process.argv[2];
try {
  if (part === undefined) {
    await (await client.open('/volume.raw', 'w')).close(); // makes the file, or empties it
    const writers = Array.from({ length: WRITERS }, (_, index) =>
      fork(fileURLToPath(import.meta.url), [String(index)]),
    );
    const ends = await Promise.all(writers.map((writer) => once(writer, 'exit')));
    if (ends.some(([code]) => code !== 0)) throw new Error('a writer failed');

    const volume = await client.getFile('/volume.raw');
    const isWhole = volume.every((byte, offset) => byte === 1 + Math.floor(offset / PART_BYTES));
    console.log(volume.length, isWhole ? 'whole' : 'torn');
  } else {
    const index = Number(part);
    const file = await client.open('/volume.raw', 'r+');
    await file.write(index * PART_BYTES, new Uint8Array(PART_BYTES).fill(index + 1));
    await file.close(); // flushes: durable, and visible to everybody
  }
} finally {
  await client.close();
}
