import type { Clock, Log } from '@tessera/env';
import { formatId, readUint64, TesseraError } from '@tessera/protocol';
import { endSession } from '../ops/session/end-session.js';
import type { Sessions } from '../ops/session/sessions.js';
import { Table } from '../records/keys.js';
import { decodeSession } from '../records/session.js';
import type { MetadataStore } from '../store/transaction.js';
import { type Loop, startLoop } from './loop.js';

const SESSIONS_PER_SCAN = 1_000;

interface SweeperContext {
  readonly store: MetadataStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly sessions: Sessions;
  readonly config: { readonly sessionIdleMs: number; readonly sessionSweepMs: number };
}

/** Ends sessions that were silent for too long, and finishes ending those where that was cut off. */
export function startSessionSweeper(context: SweeperContext): Loop {
  const { clock, log, config } = context;
  return startLoop(
    clock,
    config.sessionSweepMs,
    () => sweepSessions(context),
    (error) => log.warn({ error: TesseraError.from(error).message }, 'sweeping sessions failed, it is tried again'),
  );
}

/** One walk over all sessions. */
export async function sweepSessions({ store, log, sessions, config }: Omit<SweeperContext, 'clock'>): Promise<void> {
  const to = Uint8Array.of(Table.SESSION + 1);
  let from: Uint8Array = Uint8Array.of(Table.SESSION);
  for (;;) {
    const rows = await store.scan({ from, to }, SESSIONS_PER_SCAN);
    for (const { key, value } of rows) {
      const id = readUint64(key, 1);
      const { ending, clientName } = decodeSession(value);
      const idleMs = sessions.idleMs(id);
      if (!ending && idleMs <= config.sessionIdleMs) continue;
      log.info({ session: formatId(id), clientName, idleMs: Math.round(idleMs), ending }, 'ending a session');
      await endSession(store, id);
      sessions.forget(id);
    }
    const last = rows[rows.length - 1];
    if (last === undefined || rows.length < SESSIONS_PER_SCAN) return;
    from = Uint8Array.of(...last.key, 0);
  }
}
