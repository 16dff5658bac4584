import type { Layout, v1 } from '@tessera/protocol';
import type { Protection } from './api.js';

/** A file that was put. */
export interface Stored {
  readonly attributes: v1.Attributes.$Properties | null | undefined;
  readonly protection: Protection;
  /** What its stripes follow; undefined for a file without stripes. */
  readonly layout: Layout | undefined;
}
