// What other programs see of an open file, and when.
import { connect, TesseraError } from '@tessera/client';

const metaserver = process.env.TESSERA_METASERVER ?? '127.0.0.1:7070';
const writer = await connect({ metaserver });
const reader = await connect({ metaserver });
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
try {
  const file = await writer.open('/report.txt', 'w+');
  await file.write(0, Buffer.from('draft one'));
  console.log(text(await file.read(0, 9))); // draft one: a handle sees its own writes
  console.log((await reader.getFile('/report.txt')).length); // 0: nobody else does yet
  const { contentVersion } = await file.flush();
  console.log(text(await reader.getFile('/report.txt'))); // draft one: durable, and visible all at once

  // Two programs may append at the same time: each gets an offset of its own, in one piece.
  const log = await reader.open('/report.txt', 'a');
  const { offset } = await log.append(Buffer.from(', signed'));
  console.log(offset); // 9
  await log.close();

  // A change on the condition that nobody else has changed the file since.
  await file.write(0, Buffer.from('DRAFT'));
  const refused = await file.flush({ ifVersion: contentVersion }).catch(TesseraError.from);
  console.log(refused instanceof TesseraError ? refused.code : 'taken'); // CHANGED: the write is given up
  console.log(text(await file.read(0, 100))); // draft one, signed
  await file.close();
} finally {
  await writer.close();
  await reader.close();
}
