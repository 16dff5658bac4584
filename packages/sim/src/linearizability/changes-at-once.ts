/** How many changes may have taken effect while somebody read. */
export class ChangesAtOnce {
  #begun = 0;
  /** Those without an answer stay: they may happen at any time. */
  #open = 0;

  begin(): void {
    this.#begun++;
    this.#open++;
  }

  /** It is known what became of one. */
  end(): void {
    this.#open--;
  }

  /** Answers, once the reading is over, how many there may have been since now. */
  watch(): () => number {
    const before = this.#begun - this.#open;
    return () => this.#begun - before;
  }
}
