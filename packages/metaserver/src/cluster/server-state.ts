import { v1 } from '@tessera/protocol';

/** Silence after which a chunkserver is suspect, and then down; several heartbeats may be lost before the first. */
export const SUSPECT_MS = 3_000;
export const DOWN_MS = 10_000;

/** The state of a chunkserver that was last heard of so long ago. */
export function stateAfterSilence(silenceMs: number, limits: { suspectMs: number; downMs: number }): v1.ServerState {
  if (silenceMs >= limits.downMs) return v1.ServerState.SERVER_STATE_DOWN;
  if (silenceMs >= limits.suspectMs) return v1.ServerState.SERVER_STATE_SUSPECT;
  return v1.ServerState.SERVER_STATE_UP;
}
