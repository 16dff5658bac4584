/*
 * The ceiling's frames. Request: operation u8, id u32, offset f64, length u32, then for a write `length` bytes.
 * Reply: id u32, offset f64, length u32, then for a read `length` bytes.
 */

/** From the page cache, on the event loop. */
export const READ = 1;
/** From the disk, in the thread pool: one slow read holds up no other. */
export const READ_COLD = 2;
/** Answered after the fdatasync that covers it. */
export const WRITE_SYNCED = 3;
/** Answered from the page cache. */
export const WRITE = 4;
/** Removes all that was written. */
export const EMPTY = 5;

export function hasBody(operation: number): boolean {
  return operation === WRITE || operation === WRITE_SYNCED;
}

export const REQUEST_HEADER_BYTES = 17;
export const REPLY_HEADER_BYTES = 16;

export interface Request {
  operation: number;
  id: number;
  offset: number;
  length: number;
}

export type Reply = Omit<Request, 'operation'>;

export function encodeRequest({ operation, id, offset, length }: Request): Buffer {
  const header = Buffer.allocUnsafe(REQUEST_HEADER_BYTES);
  header.writeUInt8(operation, 0);
  encodeRest(header, 1, { id, offset, length });
  return header;
}

export function decodeRequest(header: Buffer): Request {
  return { operation: header.readUInt8(0), ...decodeRest(header, 1) };
}

export function encodeReply(reply: Reply): Buffer {
  const header = Buffer.allocUnsafe(REPLY_HEADER_BYTES);
  encodeRest(header, 0, reply);
  return header;
}

export function decodeReply(header: Buffer): Reply {
  return decodeRest(header, 0);
}

function encodeRest(header: Buffer, at: number, { id, offset, length }: Reply): void {
  header.writeUInt32BE(id, at);
  header.writeDoubleBE(offset, at + 4);
  header.writeUInt32BE(length, at + 12);
}

function decodeRest(header: Buffer, at: number): Reply {
  return { id: header.readUInt32BE(at), offset: header.readDoubleBE(at + 4), length: header.readUInt32BE(at + 12) };
}
