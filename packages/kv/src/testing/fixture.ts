import type { KvEngine } from '../store.js';

/** An engine under the contract suite, and a directory that it may use. */
export interface KvFixture {
  engine: KvEngine;
  root: string;
  /** Waits for `body` while time passes by whatever way it passes for the engine. */
  drive<R>(body: Promise<R>): Promise<R>;
  close(): Promise<void>;
}

export type OpenKvFixture = () => Promise<KvFixture>;
