/**
 * Numbers a session's mutations and knows below which all are finished: the metaserver drops stored results below that
 * floor and refuses such sequences.
 */
export class SequenceFloor {
  #next = 1;
  #floor = 1;
  readonly #finishedAbove = new Set<number>();

  take(): number {
    return this.#next++;
  }

  /** The result was received, or nobody waits for it any more. */
  finish(sequence: number): void {
    this.#finishedAbove.add(sequence);
    while (this.#finishedAbove.delete(this.#floor)) this.#floor++;
  }

  /** All sequences below this one are finished. */
  get acknowledgedBelow(): number {
    return this.#floor;
  }
}
