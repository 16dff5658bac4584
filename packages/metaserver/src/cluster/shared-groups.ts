/** In how many groups each pair of servers meets; servers are indices. */
export class SharedGroups {
  readonly #servers: number;
  readonly #counts: Int32Array;

  constructor(servers: number) {
    this.#servers = servers;
    this.#counts = new Int32Array(servers * servers);
  }

  count(a: number, b: number): number {
    return this.#counts[a * this.#servers + b] as number;
  }

  addGroup(members: readonly number[]): void {
    members.forEach((a, index) => {
      for (const b of members.slice(index + 1)) this.add(a, b, 1);
    });
  }

  add(a: number, b: number, change: number): void {
    const counts = this.#counts;
    counts[a * this.#servers + b] = this.count(a, b) + change;
    counts[b * this.#servers + a] = this.count(b, a) + change;
  }
}
