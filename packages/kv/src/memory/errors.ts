import { KvError } from '../store.js';

export function closedError(action: string, path: string): KvError {
  return new KvError('CLOSED', `cannot ${action} the store at ${path}: it is closed`);
}

export function lockedError(action: string, path: string): KvError {
  return new KvError('LOCKED', `cannot ${action} the store at ${path}: another process has it open`);
}
