interface Outcomes {
  ok: number;
  /** By error code. */
  readonly failed: Map<string, number>;
}

/** How often things of each kind went well or failed, and how. Kinds and codes come from closed sets, never from a peer. */
export class OutcomeCounter {
  readonly #kinds = new Map<string, Outcomes>();

  /** @param code of the error; undefined: it went well */
  count(kind: string, code: string | undefined): void {
    let outcomes = this.#kinds.get(kind);
    if (outcomes === undefined) {
      outcomes = { ok: 0, failed: new Map() };
      this.#kinds.set(kind, outcomes);
    }
    if (code === undefined) outcomes.ok++;
    else outcomes.failed.set(code, (outcomes.failed.get(code) ?? 0) + 1);
  }

  /** Each kind and outcome (`ok` or an error code) with its count so far. */
  *[Symbol.iterator](): Iterator<{ kind: string; outcome: string; count: number }> {
    for (const [kind, { ok, failed }] of this.#kinds) {
      yield { kind, outcome: 'ok', count: ok };
      for (const [outcome, count] of failed) yield { kind, outcome, count };
    }
  }
}
