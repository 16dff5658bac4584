// Processes that each have small interleaved pieces of one file write and read them together.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { connect, datatype, joinGroup } from '@tessera/client';

const RANKS = 4;
const [SLICES, ROWS, COLUMNS] = [48, 64, 128]; // 16-bit voxels; each process has 16 of the 64 rows of every slice
const OWN_ROWS = ROWS / RANKS;

/** A port that is free; any that all processes can reach does. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

if (process.argv[2] === undefined) {
  const address = `127.0.0.1:${await freePort()}`;
  const ranks = Array.from({ length: RANKS }, (_, rank) =>
    fork(fileURLToPath(import.meta.url), [address, String(rank)]),
  );
  const ends = await Promise.all(ranks.map((one) => once(one, 'exit')));
  console.log(ends.every(([code]) => code === 0) ? 'all ranks agree' : 'a rank failed');
} else {
  const rank = Number(process.argv[3]);
  const client = await connect({ metaserver: process.env.TESSERA_METASERVER ?? '127.0.0.1:7070' });
  const group = await joinGroup({ rank, size: RANKS, address: process.argv[2], token: 'volume' });
  try {
    /** The rows of a process, of all slices. */
    const rowsOf = (owner: number) => ({
      file: datatype.view(
        datatype.subarray(
          { sizes: [SLICES, ROWS, COLUMNS], subsizes: [SLICES, OWN_ROWS, COLUMNS], starts: [0, owner * OWN_ROWS, 0] },
          datatype.uint16,
        ),
      ),
    });
    const file = await group.open(client, '/together.raw', 'w+');
    const own = new Uint16Array(SLICES * OWN_ROWS * COLUMNS).fill(rank + 1);
    // Answered at every process when the bytes of all are durable and visible: here all at once.
    await file.writeAll(new Uint8Array(own.buffer), rowsOf(rank));

    const neighbour = (rank + 1) % RANKS;
    const theirs = new Uint16Array(own.length);
    await file.readAll(new Uint8Array(theirs.buffer), rowsOf(neighbour));
    await file.close();
    if (!theirs.every((voxel) => voxel === neighbour + 1)) process.exitCode = 1;
  } finally {
    await group.close();
    await client.close();
  }
}
