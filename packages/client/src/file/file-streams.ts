import { Readable, Writable } from 'node:stream';
import { ReadableStream, WritableStream } from 'node:stream/web';
import { TesseraError } from '@tessera/protocol';

/* Byte sources and sinks as Node's and the web's streams. Whoever reads or writes slowly is waited for. */

/** Takes chunks one after the other. */
export interface ChunkSink {
  write(chunk: Uint8Array): Promise<void>;
  /** All chunks were written. */
  end(): Promise<void>;
  /** Nothing more comes, and what was not committed is not wanted. */
  abort(error: Error): void;
}

/** What a stream keeps of its own between the two sides. */
const CHUNKS_AHEAD = 1;

export function nodeReadable(chunks: AsyncGenerator<Uint8Array>): Readable {
  return Readable.from(chunks, { objectMode: false, highWaterMark: CHUNKS_AHEAD });
}

export function webReadable(chunks: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await chunks.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

export function nodeWritable(sink: ChunkSink): Writable {
  return new Writable({
    decodeStrings: true,
    write(chunk: Uint8Array, _encoding, done) {
      sink.write(chunk).then(() => done(), done);
    },
    final(done) {
      sink.end().then(() => done(), done);
    },
    destroy(error, done) {
      if (error !== null || !this.writableFinished) sink.abort(error ?? cutOff());
      done(error);
    },
  });
}

export function webWritable(sink: ChunkSink): WritableStream<Uint8Array> {
  return new WritableStream<Uint8Array>({
    write: (chunk) => sink.write(chunk),
    close: () => sink.end(),
    abort: (reason) => sink.abort(reason instanceof Error ? reason : cutOff()),
  });
}

function cutOff(): TesseraError {
  return new TesseraError('CANCELLED', 'the stream was destroyed before it ended');
}
