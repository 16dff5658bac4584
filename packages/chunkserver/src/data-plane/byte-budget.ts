/** A part of a budget: granted at once or later, and given back with `release`, granted or not. */
export interface Share {
  readonly bytes: number;
  readonly isGranted: boolean;
  release(): void;
}

/** Bytes of memory that many want: first come, first served. */
export class ByteBudget {
  readonly bytesMax: number;
  #usedBytes = 0;
  readonly #waiting = new Set<{ bytes: number; grant: () => void }>();

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Asks for a share of at most `bytesMax`. When it is not granted at once, `onGranted` is called once it is. */
  request(bytes: number, onGranted: () => void): Share {
    if (bytes > this.bytesMax) throw new RangeError(`a share of ${bytes} bytes out of ${this.bytesMax}`);
    let state: 'waiting' | 'granted' | 'released' = 'waiting';
    const grant = () => {
      state = 'granted';
      this.#usedBytes += bytes;
    };
    const waiter = {
      bytes,
      grant: () => {
        grant();
        onGranted();
      },
    };
    if (this.#waiting.size === 0 && this.#fits(bytes)) grant();
    else this.#waiting.add(waiter);
    return {
      bytes,
      get isGranted() {
        return state === 'granted';
      },
      release: () => {
        if (state === 'granted') this.#usedBytes -= bytes;
        else this.#waiting.delete(waiter);
        state = 'released';
        this.#grantWaiting();
      },
    };
  }

  #fits(bytes: number): boolean {
    return this.#usedBytes + bytes <= this.bytesMax;
  }

  #grantWaiting(): void {
    for (const waiter of this.#waiting) {
      if (!this.#fits(waiter.bytes)) return;
      this.#waiting.delete(waiter);
      waiter.grant();
    }
  }
}
