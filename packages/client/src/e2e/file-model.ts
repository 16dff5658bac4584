/** A file as it should be: committed bytes, and whether it still has a name. */
export class ModelFile {
  content: Uint8Array = new Uint8Array();
  isThere = true;
}

/** An open file as it should be: what was written through it and is not committed. */
export class ModelHandle {
  readonly file: ModelFile;
  readonly #unflushed: { offset: number; data: Uint8Array }[] = [];

  constructor(file: ModelFile) {
    this.file = file;
  }

  get isClean(): boolean {
    return this.#unflushed.length === 0;
  }

  /** What it reads. */
  get view(): Uint8Array {
    let view = this.file.content;
    for (const { offset, data } of this.#unflushed) view = written(view, offset, data);
    return view;
  }

  write(offset: number, data: Uint8Array): void {
    if (data.length > 0) this.#unflushed.push({ offset, data });
  }

  flush(): void {
    this.file.content = new Uint8Array(this.view);
    this.#unflushed.length = 0;
  }
}

/** The content with the data over it, zeros between. */
function written(content: Uint8Array, offset: number, data: Uint8Array): Uint8Array {
  const next = new Uint8Array(Math.max(content.length, offset + data.length));
  next.set(content);
  next.set(data, offset);
  return next;
}

/** Cut, or lengthened with zeros. */
export function resized(content: Uint8Array, bytes: number): Uint8Array {
  const next = new Uint8Array(bytes);
  next.set(content.subarray(0, bytes));
  return next;
}
