import { resultKey } from '../../records/keys.js';
import { decodeSession, encodeSession } from '../../records/session.js';
import type { MetadataStore } from '../../store/transaction.js';
import type { SessionState } from './session-state.js';
import { sequenceOf } from './sessions.js';

/** Acknowledged results that wait at least before they are dropped together. */
const ACKNOWLEDGED_RESULTS_MARK = 512;
/** Results dropped in one transaction. */
const RESULTS_PER_STEP_MAX = 500;

export function needsTrim(state: SessionState): boolean {
  return !state.trimming && state.acknowledged - state.floor >= ACKNOWLEDGED_RESULTS_MARK;
}

/** Drops acknowledged results and raises the session's floor with them, step by step. */
export async function trimResults(store: MetadataStore, state: SessionState): Promise<void> {
  state.trimming = true;
  try {
    while (state.floor < state.acknowledged) await trimStep(store, state, state.acknowledged);
  } finally {
    state.trimming = false;
  }
}

async function trimStep(store: MetadataStore, state: SessionState, below: number): Promise<void> {
  const stored = state.storedBelow(below)?.slice(0, RESULTS_PER_STEP_MAX) ?? (await scanStored(store, state, below));
  const last = stored[stored.length - 1];
  const isAll = last === undefined || stored.length < RESULTS_PER_STEP_MAX;
  const floor = isAll ? below : Math.max(state.floor, last + 1);
  const keys = stored.map((sequence) => resultKey(state.id, BigInt(sequence)));
  await store.transact((tx) => {
    const value = tx.get(state.key);
    if (value === undefined) return;
    tx.prefetch(keys);
    for (const key of keys) tx.delete(key);
    tx.put(state.key, encodeSession(tx, { ...decodeSession(value), floor }));
  });
  state.floor = floor;
  state.dropped(stored);
}

async function scanStored(store: MetadataStore, state: SessionState, below: number): Promise<number[]> {
  const range = { from: resultKey(state.id, BigInt(state.floor)), to: resultKey(state.id, BigInt(below)) };
  return (await store.scan(range, RESULTS_PER_STEP_MAX)).map(({ key }) => sequenceOf(key));
}
