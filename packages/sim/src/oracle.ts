import { type ContentTag, contentOf, firstDifference } from './content.js';

/** An oracle found the system wrong. */
export class OracleViolation extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OracleViolation';
  }
}

type State = ContentTag | 'absent';

/**
 * What a lane that owns its paths may see there. Each path has one writer, so its state is certain until an operation
 * ends without an answer: then it is any of the states before and after, for ever, since a request may still be under
 * way. `content` states compare byte by byte: whole, or a violation.
 */
export class PathOracle {
  readonly #states = new Map<string, State[]>();

  /** The one certain state; undefined while several are possible. */
  certain(path: string): State | undefined {
    const states = this.#states.get(path) ?? ['absent'];
    return states.length === 1 ? states[0] : undefined;
  }

  /** Paths that certainly hold a file. */
  certainFiles(): string[] {
    return [...this.#states.keys()].filter((path) => {
      const state = this.certain(path);
      return state !== undefined && state !== 'absent';
    });
  }

  paths(): IterableIterator<string> {
    return this.#states.keys();
  }

  acknowledge(path: string, state: State): void {
    this.#states.set(path, [state]);
  }

  /** An operation that would have led to `state` ended without an answer. */
  doubt(path: string, state: State): void {
    this.#states.set(path, [...(this.#states.get(path) ?? ['absent']), state]);
  }

  /** @throws OracleViolation unless one of the path's possible states holds exactly this content. */
  checkContent(path: string, content: Uint8Array): void {
    const states = this.#states.get(path) ?? ['absent'];
    const differences: string[] = [];
    for (const state of states) {
      if (state === 'absent') continue;
      const at = firstDifference(content, contentOf(state));
      if (at === undefined) return;
      differences.push(`${state.seed} (${state.bytes} bytes) differs at ${at}`);
    }
    throw new OracleViolation(
      `${path}: read ${content.length} bytes that no acknowledged or possible write explains: ${differences.join('; ') || 'the file must be absent'}`,
    );
  }

  /** @throws OracleViolation when the file must be there. */
  checkAbsent(path: string): void {
    const states = this.#states.get(path) ?? ['absent'];
    if (!states.includes('absent')) throw new OracleViolation(`${path}: acknowledged, and now it is not found`);
  }
}
