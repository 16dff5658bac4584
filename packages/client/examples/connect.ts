// Stores a file, looks at it, reads it back.
import { connect } from '@tessera/client';

const client = await connect({ metaserver: process.env.TESSERA_METASERVER ?? '127.0.0.1:7070' });
try {
  // Files below this directory survive the loss of any two servers.
  await client.mkdir('/studies/brain', { parents: true, layout: { redundancy: 'rs-4-2' } });

  const image = new Uint8Array(524_288).fill(7);
  const { attributes, protection } = await client.putFile('/studies/brain/slice-1.dcm', image);
  console.log(`stored ${attributes.bytes} bytes, protection ${protection}`);

  for await (const entry of client.list('/studies/brain', { attributes: true })) {
    console.log(entry.kind, entry.text, entry.attributes?.bytes);
  }

  const copy = await client.getFile('/studies/brain/slice-1.dcm');
  console.log(Buffer.compare(copy, image) === 0 ? 'identical' : 'different');
} finally {
  await client.close(); // gives leases and session back
}
