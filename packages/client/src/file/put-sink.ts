import { TesseraError } from '@tessera/protocol';
import type { ChunkSink } from './file-streams.js';

/**
 * Hands chunks that are pushed to it to whoever pulls: `store` gets them as its content. A chunk counts as written once
 * the next is asked for, so its bytes are not used any more.
 */
export class PutSink implements ChunkSink {
  readonly #stored: Promise<unknown>;
  readonly #controller: AbortController;
  #chunk: Uint8Array | undefined;
  #taken: (() => void) | undefined;
  #wake: (() => void) | undefined;
  #ended = false;

  constructor(store: (content: AsyncIterable<Uint8Array>, signal: AbortSignal) => Promise<unknown>) {
    this.#controller = new AbortController();
    this.#stored = store(this.#content(), this.#controller.signal);
    this.#stored.catch(() => {});
  }

  /** @throws what `store` failed with */
  async write(chunk: Uint8Array): Promise<void> {
    const taken = new Promise<void>((resolve) => {
      this.#taken = resolve;
    });
    this.#chunk = chunk;
    this.#wake?.();
    await Promise.race([taken, this.#stored.then(unexpected)]);
  }

  async end(): Promise<void> {
    this.#ended = true;
    this.#wake?.();
    await this.#stored;
  }

  abort(): void {
    this.#controller.abort();
  }

  async *#content(): AsyncGenerator<Uint8Array> {
    for (;;) {
      if (this.#chunk !== undefined) {
        const chunk = this.#chunk;
        this.#chunk = undefined;
        yield chunk;
        this.#taken?.();
      } else if (this.#ended) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}

function unexpected(): never {
  throw new TesseraError('INTERNAL', 'a put was answered before its content ended');
}
