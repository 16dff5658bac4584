// Hundreds of thousands of files: many in flight, memory bounded, one outcome for each.
import { connect } from '@tessera/client';

const files = Number(process.argv[2] ?? 1_000);

/** Made as they are needed; a function opens a file's content when its turn has come. */
function* images() {
  for (let index = 0; index < files; index += 1) {
    yield { path: `/bulk/${index}.dcm`, bytes: 20_000, content: () => new Uint8Array(20_000).fill(index % 256), index };
  }
}

const client = await connect({ metaserver: process.env.TESSERA_METASERVER ?? '127.0.0.1:7070' });
try {
  await client.mkdir('/bulk', { parents: true });
  let stored = 0;
  const options = { concurrency: 32, replace: true };
  for await (const outcome of client.putMany(images(), options)) {
    // One file's failure leaves the others alone; the entry comes back with its outcome.
    if (outcome.ok) stored += 1;
    else console.error(outcome.entry.index, outcome.error.code, outcome.error.message);
  }
  console.log(`stored ${stored}`);

  let right = 0;
  for await (const outcome of client.getMany(images(), { concurrency: 32 })) {
    if (outcome.ok && outcome.content.every((byte) => byte === outcome.entry.index % 256)) right += 1;
  }
  console.log(`read ${right}`);
} finally {
  await client.close();
}
