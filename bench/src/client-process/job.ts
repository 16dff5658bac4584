import { type Client, datatype, joinGroup } from '@tessera/client';
import type { Contents } from '../contents.js';
import { inFlight } from '../in-flight.js';

/** Something that one client does, in this process or in one of its own; plain data, so that it can be sent. */
export type Job =
  | {
      kind: 'create' | 'stat' | 'rename' | 'remove';
      /** Files are `prefix` and a number from 0 to `count` − 1; a rename appends `-renamed`. */
      prefix: string;
      count: number;
      depth: number;
    }
  | { kind: 'list'; directory: string; entries: number }
  | {
      kind: 'write-parts';
      path: string;
      /** Parts of the file's content that this client writes, each `partBytes` long. */
      parts: number[];
      /** Where the part with this index in `parts` goes, in parts; default: where it is in the content. */
      isDense: boolean;
      partBytes: number;
    }
  | StridedWrite;

/** One process's pieces of a file that several write: its own first, then every `processes`-th. */
interface StridedWrite {
  /** In one collective call, or each process for itself. */
  kind: 'write-together' | 'write-alone';
  path: string;
  /** Where the first of the processes listens for the others. */
  address: string;
  process: number;
  processes: number;
  pieceBytes: number;
  /** Of this process. */
  pieces: number;
}

const EMPTY = new Uint8Array(0);

/** Does the job and answers the latency of each operation in ms. */
export async function doJob(client: Client, contents: Contents, job: Job): Promise<number[]> {
  switch (job.kind) {
    case 'create':
      return inFlight(job.count, job.depth, (index) => client.putFile(job.prefix + index, EMPTY));
    case 'stat':
      return inFlight(job.count, job.depth, (index) => client.stat(job.prefix + index));
    case 'rename':
      return inFlight(job.count, job.depth, (index) =>
        client.rename(job.prefix + index, `${job.prefix}${index}-renamed`),
      );
    case 'remove':
      return inFlight(job.count, job.depth, (index) => client.remove(`${job.prefix}${index}-renamed`));
    case 'list':
      return list(client, job);
    case 'write-parts':
      return writeParts(client, contents, job);
    case 'write-together':
    case 'write-alone':
      return writeStrided(client, contents, job);
  }
}

async function list(client: Client, { directory, entries }: Extract<Job, { kind: 'list' }>): Promise<number[]> {
  let seen = 0;
  for await (const _ of client.list(directory)) seen++;
  if (seen !== entries) throw new Error(`${directory} lists ${seen} of ${entries} entries`);
  return [];
}

async function writeParts(
  client: Client,
  contents: Contents,
  { path, parts, isDense, partBytes }: Extract<Job, { kind: 'write-parts' }>,
): Promise<number[]> {
  const handle = await client.open(path, 'r+');
  for (const [index, part] of parts.entries()) {
    await handle.write((isDense ? index : part) * partBytes, contents.bytes(part, partBytes));
  }
  await handle.close();
  return [];
}

async function writeStrided(client: Client, contents: Contents, job: StridedWrite): Promise<number[]> {
  const { kind, path, address, process, processes, pieceBytes, pieces } = job;
  const buffer = new Uint8Array(pieces * pieceBytes);
  for (let piece = 0; piece < pieces; piece++) {
    buffer.set(contents.bytes(piece * processes + process, pieceBytes), piece * pieceBytes);
  }
  const every = datatype.resized(datatype.bytes(pieceBytes), 0, processes * pieceBytes);
  const access = { file: datatype.view(every, process * pieceBytes) };
  if (kind === 'write-alone') {
    const handle = await client.open(path, 'r+');
    await handle.writeView(buffer, access);
    await handle.close();
    return [];
  }
  const group = await joinGroup({ rank: process, size: processes, address });
  const file = await group.open(client, path, 'r+');
  await file.writeAll(buffer, access);
  await file.close();
  await group.close();
  return [];
}
