import { DiskError, type Log, NetworkError } from '@tessera/env';
import { KvError } from '@tessera/kv';
import { TesseraError } from '@tessera/protocol';
import { pino } from 'pino';

/** JSON lines on standard error. Synchronous: the last line must be out before the process ends. */
export function createLog(role: string, level: string): Log {
  const serializers = { err: describeError, error: describeError };
  const base = { role, pid: process.pid };
  return pino({ level, base, serializers }, pino.destination({ fd: 2, sync: true }));
}

/** An expected failure needs no stack: its message says what to do. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const expected =
    error instanceof TesseraError ||
    error instanceof DiskError ||
    error instanceof NetworkError ||
    error instanceof KvError;
  if (!expected || error.code === 'INTERNAL') return pino.stdSerializers.err(error);
  return { type: error.name, code: error.code, message: error.message };
}
