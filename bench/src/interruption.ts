const EXIT_INTERRUPTED = 130;

/** Ctrl-C must not leave daemons and directories behind: does what is to be done then, and ends the process. */
export class Interruption {
  readonly #stops = new Set<() => Promise<void>>();
  readonly #interrupt = async () => {
    await Promise.allSettled([...this.#stops].map((stop) => stop()));
    process.exit(EXIT_INTERRUPTED);
  };

  constructor() {
    process.once('SIGINT', this.#interrupt).once('SIGTERM', this.#interrupt);
  }

  /** The answer takes it back. */
  add(stop: () => Promise<void>): () => void {
    this.#stops.add(stop);
    return () => this.#stops.delete(stop);
  }

  cancel(): void {
    process.off('SIGINT', this.#interrupt).off('SIGTERM', this.#interrupt);
  }
}
