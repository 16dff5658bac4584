/** Cuts a byte stream into headers and bodies. A body stays in the pieces in which it came: nothing is copied here. */
export class Receiver<Header extends { length: number }> {
  readonly #headerBytes: number;
  readonly #decode: (header: Buffer) => Header;
  readonly #hasBody: (header: Header) => boolean;
  readonly #message: (header: Header, body: Buffer[]) => void;
  #partHeader: Buffer = Buffer.alloc(0);
  #header: Header | undefined;
  #body: Buffer[] = [];
  #bodyLeft = 0;

  constructor(
    headerBytes: number,
    decode: (header: Buffer) => Header,
    hasBody: (header: Header) => boolean,
    message: (header: Header, body: Buffer[]) => void,
  ) {
    this.#headerBytes = headerBytes;
    this.#decode = decode;
    this.#hasBody = hasBody;
    this.#message = message;
  }

  push(piece: Buffer): void {
    let at = 0;
    while (at < piece.length) {
      if (this.#header === undefined) {
        const wanted = this.#headerBytes - this.#partHeader.length;
        this.#partHeader = Buffer.concat([this.#partHeader, piece.subarray(at, at + wanted)]);
        at += wanted;
        if (this.#partHeader.length < this.#headerBytes) return;
        this.#header = this.#decode(this.#partHeader);
        this.#partHeader = Buffer.alloc(0);
        this.#bodyLeft = this.#hasBody(this.#header) ? this.#header.length : 0;
      } else {
        const part = piece.subarray(at, at + this.#bodyLeft);
        this.#body.push(part);
        this.#bodyLeft -= part.length;
        at += part.length;
      }
      if (this.#bodyLeft === 0) {
        const header = this.#header;
        const body = this.#body;
        this.#header = undefined;
        this.#body = [];
        this.#message(header, body);
      }
    }
  }
}
