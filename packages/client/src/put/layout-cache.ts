import type { Clock } from '@tessera/env';
import { checkLayout, DEFAULT_LAYOUT, inheritLayout, type Layout, TesseraError } from '@tessera/protocol';
import { type HintFields, hintedLayout } from '../hints/hints.js';
import { LAYOUT_CACHE_MS_MAX, LAYOUTS_CACHED_MAX } from '../limits.js';
import type { OperationSink } from '../metadata/batcher.js';
import type { Scope } from '../scope.js';
import { type StripePolicy, stripePolicy } from '../stripe/policy.js';

/** What files put into a directory get. */
export interface DirectoryPolicy {
  /** The directory whose layout it is: the one asked for, or its nearest ancestor that exists. */
  readonly path: Uint8Array;
  readonly layout: Layout;
  readonly policy: StripePolicy;
  /** False: it is the layout of an ancestor. */
  readonly exists: boolean;
}

/** For a file that is made with hints: as the metaserver will decide. @throws TesseraError INVALID_LAYOUT */
export function hintedPolicy(directory: DirectoryPolicy, hints: HintFields | undefined): DirectoryPolicy {
  if (hints === undefined) return directory;
  const layout = hintedLayout(directory.layout, hints);
  checkLayout(layout);
  return { ...directory, layout, policy: stripePolicy(layout) };
}

interface Cached {
  readonly directory: Promise<DirectoryPolicy>;
  readonly expiresAtMs: number;
}

/**
 * Effective layouts of directories by path, so that a put needs no question about them. A change by another client is
 * seen after LAYOUT_CACHE_MS_MAX; one by this client at once.
 */
export class LayoutCache {
  readonly #clock: Clock;
  readonly #batcher: OperationSink;
  readonly #cached = new Map<string, Cached>();

  constructor(clock: Clock, batcher: OperationSink) {
    this.#clock = clock;
    this.#batcher = batcher;
  }

  /** The layout that a directory has, or will have once it is made under its nearest existing ancestor. */
  of(directory: Uint8Array, scope: Scope): Promise<DirectoryPolicy> {
    const key = Buffer.from(directory.buffer, directory.byteOffset, directory.length).toString('latin1');
    const known = this.#cached.get(key);
    const nowMs = this.#clock.monotonicMs();
    if (known !== undefined && known.expiresAtMs > nowMs) {
      return scope.race(known.directory).catch(() => {
        // The one who asked was cancelled, perhaps.
        scope.check();
        return this.#ask(directory, scope);
      });
    }
    if (this.#cached.size >= LAYOUTS_CACHED_MAX) this.#cached.clear();
    const asked = this.#ask(directory, scope);
    const cached = { directory: asked, expiresAtMs: nowMs + LAYOUT_CACHE_MS_MAX };
    this.#cached.set(key, cached);
    asked.catch(() => {
      if (this.#cached.get(key) === cached) this.#cached.delete(key);
    });
    return asked;
  }

  /** As `of`, asked anew; what was known is forgotten. */
  fresh(directory: Uint8Array, scope: Scope): Promise<DirectoryPolicy> {
    this.forget();
    return this.of(directory, scope);
  }

  forget(): void {
    this.#cached.clear();
  }

  async #ask(directory: Uint8Array, scope: Scope): Promise<DirectoryPolicy> {
    for (let path = directory; ; path = parentOf(path)) {
      try {
        const reply = await this.#batcher.submit('getLayout', { node: { path } }, scope);
        const layout = inheritLayout(DEFAULT_LAYOUT, reply.effective);
        checkLayout(layout);
        return { path, layout, policy: stripePolicy(layout), exists: path === directory };
      } catch (error) {
        const missing = error instanceof TesseraError && error.code === 'NOT_FOUND';
        if (!missing || path.length === 0) throw error;
      }
    }
  }
}

const SLASH = 0x2f;

/** The path up to its last name, without slashes around it; empty for the root. */
export function parentOf(path: Uint8Array): Uint8Array {
  const start = path[0] === SLASH ? 1 : 0;
  let end = path.length;
  if (end > start && path[end - 1] === SLASH) end--;
  const slash = path.subarray(0, end).lastIndexOf(SLASH);
  return slash <= start ? new Uint8Array() : path.subarray(start, slash);
}
