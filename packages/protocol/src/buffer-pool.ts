/**
 * Reuses large buffers by size class. Fresh pages cost more CPU than the copy into them, so payload buffers go round.
 * Whoever acquires a buffer owns it until release; a buffer that is never released is simply collected.
 */
export class BufferPool {
  readonly #free = new Map<number, Uint8Array[]>();
  readonly #retainedBytesMax: number;
  #retainedBytes = 0;

  constructor(options: { retainedBytesMax: number }) {
    this.#retainedBytesMax = options.retainedBytesMax;
  }

  /** A buffer of exactly `bytes` with arbitrary content. */
  acquire(bytes: number): Uint8Array {
    if (bytes < POOLED_BYTES_MIN) return new Uint8Array(bytes);
    const classBytes = sizeClass(bytes);
    const whole = this.#free.get(classBytes)?.pop();
    if (whole === undefined) return new Uint8Array(Buffer.allocUnsafeSlow(classBytes).buffer, 0, bytes);
    this.#retainedBytes -= classBytes;
    return new Uint8Array(whole.buffer, 0, bytes);
  }

  /** Gives the buffer that `acquire` returned back; nobody may touch it afterwards. */
  release(buffer: Uint8Array): void {
    const classBytes = buffer.buffer.byteLength;
    if (buffer.byteOffset !== 0 || classBytes < POOLED_BYTES_MIN || sizeClass(classBytes) !== classBytes) return;
    if (this.#retainedBytes + classBytes > this.#retainedBytesMax) return;
    this.#retainedBytes += classBytes;
    const list = this.#free.get(classBytes);
    if (list === undefined) this.#free.set(classBytes, [buffer]);
    else list.push(buffer);
  }
}

const POOLED_BYTES_MIN = 64 * 1024;

/** Powers of two and the halves between them: at most a third is wasted. */
function sizeClass(bytes: number): number {
  const power = 2 ** (32 - Math.clz32(bytes - 1));
  return bytes <= power * 0.75 ? power * 0.75 : power;
}
