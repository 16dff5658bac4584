/**
 * A copy, in memory of its own. What protobuf decodes are views of the whole reply, and Buffers at that, whose `slice` is
 * another view: what is kept, or handed to the application, goes through here.
 */
export function ownBytes(bytes: Uint8Array | null | undefined): Uint8Array {
  return bytes ? new Uint8Array(bytes) : new Uint8Array();
}
