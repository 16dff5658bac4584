import type { Counters } from '../counters.js';
import type { VersionedBytes } from '../get/file-reader.js';
import type { MappedReader } from '../get/mapped-reader.js';
import type { AheadHolder, ReadBudget } from '../get/read-budget.js';
import type { VersionProbe } from '../get/version-probe.js';
import { READ_AHEAD_CHUNK_BYTES_MAX, READ_AHEAD_CHUNK_BYTES_MIN, SEQUENTIAL_READS_MIN } from '../limits.js';
import type { Scope, Scopes } from '../scope.js';

export interface ReadAheadParts {
  readonly scopes: Pick<Scopes, 'open'>;
  readonly probe: Pick<VersionProbe, 'now' | 'since'>;
  readonly reader: Pick<MappedReader, 'part' | 'versionedPart'>;
  readonly readBudget: ReadBudget;
  readonly counters: Counters;
}

interface Chunk {
  readonly from: number;
  readonly length: number;
  /** Undefined: it could not be read, or was not of one version. */
  readonly content: Promise<VersionedBytes | undefined>;
}

/**
 * Reads on behind reads that follow each other, at most two chunks. What was read ahead is handed out only if the file still
 * has the version that it is of: such a read asks for that instead of for the bytes.
 */
export class ReadAhead implements AheadHolder {
  readonly #parts: ReadAheadParts;
  /** For messages. */
  readonly #what: string;
  /** Where the next read begins if it follows the last. */
  #expected = -1;
  #sequential = 0;
  /** One behind the other. */
  #chunks: Chunk[] = [];
  #chunkBytes = READ_AHEAD_CHUNK_BYTES_MIN;
  #closed = false;

  constructor(parts: ReadAheadParts, what: string) {
    this.#parts = parts;
    this.#what = what;
  }

  /** As `MappedReader.part`. */
  async read(offset: number, length: number, scope: Scope): Promise<Uint8Array> {
    if (offset === this.#expected) this.#sequential++;
    else this.#restart();
    this.#expected = offset + length;
    const chunks = this.#covering(offset, offset + length);
    const content = chunks && (await this.#handOut(chunks, offset, length, scope));
    if (content !== undefined) {
      this.#parts.counters.bytesRead += content.length;
      this.#goOn(content.length < length);
      return content;
    }
    const bytes = await this.#parts.reader.part(offset, length, scope);
    this.#goOn(bytes.length < length);
    return bytes;
  }

  /** Reads nothing ahead any more. */
  close(): void {
    this.#closed = true;
    this.dropAhead();
  }

  dropAhead(): void {
    for (const chunk of this.#chunks.splice(0)) this.#give(chunk);
    this.#parts.readBudget.leave(this);
  }

  #restart(): void {
    this.#sequential = 0;
    this.#chunkBytes = READ_AHEAD_CHUNK_BYTES_MIN;
    this.dropAhead();
  }

  /** Chunks that hold the bytes between them. */
  #covering(from: number, to: number): Chunk[] | undefined {
    const chunks = this.#chunks.filter((chunk) => chunk.from < to && chunk.from + chunk.length > from);
    const [first] = chunks;
    const last = chunks.at(-1);
    if (first === undefined || last === undefined) return undefined;
    return first.from <= from && last.from + last.length >= to ? chunks : undefined;
  }

  /** Undefined: the file has changed, or the bytes could not be read ahead. */
  async #handOut(
    chunks: readonly Chunk[],
    offset: number,
    length: number,
    scope: Scope,
  ): Promise<Uint8Array | undefined> {
    const asking = this.#parts.probe.since(this.#parts.probe.now, scope);
    const [version, contents] = await Promise.all([
      asking,
      scope.race(Promise.all(chunks.map(({ content }) => content))),
    ]);
    const parts: Uint8Array[] = [];
    for (const [index, content] of contents.entries()) {
      if (content?.contentVersion !== version) {
        this.#restart();
        return undefined;
      }
      const { from } = chunks[index] as Chunk;
      const bytes = content?.bytes ?? new Uint8Array();
      parts.push(bytes.subarray(Math.max(0, offset - from), Math.max(0, offset + length - from)));
    }
    return new Uint8Array(Buffer.concat(parts));
  }

  /** Gives back what was read, and reads on unless that was the end. */
  #goOn(ended: boolean): void {
    while (this.#chunks[0] !== undefined && this.#chunks[0].from + this.#chunks[0].length <= this.#expected) {
      this.#give(this.#chunks.shift() as Chunk);
    }
    if (this.#closed || ended || this.#sequential < SEQUENTIAL_READS_MIN || this.#chunks.length > 1) return;
    const last = this.#chunks.at(-1);
    const from = last === undefined ? this.#expected : last.from + last.length;
    const length = this.#chunkBytes;
    if (!this.#parts.readBudget.tryHold(length, this)) return;
    this.#chunkBytes = Math.min(READ_AHEAD_CHUNK_BYTES_MAX, 2 * length);
    this.#chunks.push({ from, length, content: this.#fetch(from, length) });
  }

  async #fetch(from: number, length: number): Promise<VersionedBytes | undefined> {
    const { scopes, reader } = this.#parts;
    const scope = scopes.open(this.#what);
    try {
      return await reader.versionedPart(from, length, scope);
    } catch {
      // Whoever needs the bytes asks for them, and is told why.
      return undefined;
    } finally {
      scope.close();
    }
  }

  /** Its memory is there until it has been read. */
  #give({ length, content }: Chunk): void {
    void content.then(() => this.#parts.readBudget.give(length));
  }
}
