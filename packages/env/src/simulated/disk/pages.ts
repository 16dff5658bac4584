/** Storage is allotted, and capacity counted, in pages of this size; a hole costs nothing. */
export const PAGE_BYTES = 16 * 1024;

/** Where a page comes from; false when the disk is full. */
export interface PageBudget {
  take(): boolean;
  give(pages: number): void;
}

/** Old content of a range, kept to undo a change: the parts of it that were no holes. */
export type Captured = readonly { readonly position: number; readonly bytes: Uint8Array }[];

/** The bytes of a file as a growable table of pages, so that no write copies more than it brings. */
export class PagedBytes {
  readonly #budget: PageBudget;
  readonly #pages: (Uint8Array | undefined)[] = [];
  #length = 0;
  #allotted = 0;

  constructor(budget: PageBudget) {
    this.#budget = budget;
  }

  get length(): number {
    return this.#length;
  }

  get allottedPages(): number {
    return this.#allotted;
  }

  /** Writes and extends. Returns how many bytes found room: fewer than asked when the disk is full. */
  write(chunk: Uint8Array, position: number): number {
    let done = 0;
    while (done < chunk.length) {
      const at = position + done;
      const page = this.#pageForWrite(Math.floor(at / PAGE_BYTES));
      if (!page) break;
      const offset = at % PAGE_BYTES;
      const count = Math.min(PAGE_BYTES - offset, chunk.length - done);
      page.set(chunk.subarray(done, done + count), offset);
      done += count;
    }
    if (done > 0) this.#length = Math.max(this.#length, position + done);
    return done;
  }

  /** Reads up to the end of the file and returns how many bytes that were; holes read as zeros. */
  read(target: Uint8Array, position: number): number {
    const end = Math.min(this.#length, position + target.length);
    for (let at = position; at < end; ) {
      const offset = at % PAGE_BYTES;
      const count = Math.min(PAGE_BYTES - offset, end - at);
      const page = this.#pages[Math.floor(at / PAGE_BYTES)];
      if (page) target.set(page.subarray(offset, offset + count), at - position);
      else target.fill(0, at - position, at - position + count);
      at += count;
    }
    return Math.max(0, end - position);
  }

  /** Cuts off, or extends with a hole. */
  resize(length: number): void {
    if (length < this.#length) {
      this.#zero(length, this.#length);
      const kept = Math.ceil(length / PAGE_BYTES);
      let freed = 0;
      for (let index = kept; index < this.#pages.length; index++) if (this.#pages[index]) freed++;
      if (this.#pages.length > kept) this.#pages.length = kept;
      this.#allotted -= freed;
      this.#budget.give(freed);
    }
    this.#length = length;
  }

  /** A copy of what stands in [from, to), holes and what lies past the end left out. */
  capture(from: number, to: number): Captured {
    const captured: { position: number; bytes: Uint8Array }[] = [];
    const end = Math.min(to, this.#length);
    for (let at = from; at < end; ) {
      const offset = at % PAGE_BYTES;
      const count = Math.min(PAGE_BYTES - offset, end - at);
      const page = this.#pages[Math.floor(at / PAGE_BYTES)];
      if (page) captured.push({ position: at, bytes: page.slice(offset, offset + count) });
      at += count;
    }
    return captured;
  }

  /** Puts back what was captured in [from, to), and zeros elsewhere in it. */
  restore(captured: Captured, from: number, to: number): void {
    this.#zero(from, to);
    for (const { position, bytes } of captured) {
      const first = Math.max(from, position);
      const last = Math.min(to, position + bytes.length);
      if (first < last) this.write(bytes.subarray(first - position, last - position), first);
    }
  }

  #zero(from: number, to: number): void {
    for (let at = from; at < to; ) {
      const offset = at % PAGE_BYTES;
      const count = Math.min(PAGE_BYTES - offset, to - at);
      this.#pages[Math.floor(at / PAGE_BYTES)]?.fill(0, offset, offset + count);
      at += count;
    }
  }

  #pageForWrite(index: number): Uint8Array | undefined {
    let page = this.#pages[index];
    if (!page && this.#budget.take()) {
      page = new Uint8Array(PAGE_BYTES);
      while (this.#pages.length < index) this.#pages.push(undefined);
      this.#pages[index] = page;
      this.#allotted++;
    }
    return page;
  }
}
