import { isErrorCode, TesseraError } from '@tessera/protocol';
import { FAILURE_CHARACTERS_MAX } from './limits.js';

/* What ranks say to each other; docs/internals/collective.md has the bytes. */

export const MessageKind = {
  HELLO: 64,
  TABLE: 65,
  REFUSED: 66,
  PING: 67,
  ABORT: 68,
  CALL: 69,
  RANGES: 70,
  VERDICT: 71,
  PULL: 72,
  PUSH: 73,
  DATA: 74,
  TAKEN: 75,
  STAGED: 76,
} as const;
export type MessageKind = (typeof MessageKind)[keyof typeof MessageKind];

/** A message's header. */
export type Fields = Readonly<Record<string, unknown>>;

export interface Message {
  readonly kind: number;
  readonly fields: Fields;
  readonly body: Uint8Array;
}

const NO_BYTES = new Uint8Array(0);

export function message(kind: MessageKind, fields: Fields = {}, body: Uint8Array = NO_BYTES): Message {
  return { kind, fields, body };
}

/** Answers travel on a lane of their own: they never wait behind requests. */
export function isAnswer({ kind }: Message): boolean {
  return kind === MessageKind.DATA || kind === MessageKind.TAKEN;
}

export function encodeFields(fields: Fields): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(fields));
}

/** @throws TesseraError INTERNAL: the peer does not speak this protocol */
export function decodeFields(bytes: Uint8Array): Fields {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  } catch {
    // Said below.
  }
  throw new TesseraError('INTERNAL', 'a message has a malformed header');
}

/** @throws TesseraError INTERNAL */
export function wholeField(fields: Fields, name: string): number {
  const value = fields[name];
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw new TesseraError('INTERNAL', `a message lacks the number '${name}'`);
}

/** @throws TesseraError INTERNAL */
export function textField(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value === 'string') return value;
  throw new TesseraError('INTERNAL', `a message lacks the text '${name}'`);
}

export function failureFields(error: TesseraError): Fields {
  return { code: error.code, message: error.message.slice(0, FAILURE_CHARACTERS_MAX) };
}

/** The error that fields carry; undefined when they carry none. */
export function failureIn(fields: Fields): TesseraError | undefined {
  const { code } = fields;
  if (typeof code !== 'string') return undefined;
  return new TesseraError(isErrorCode(code) ? code : 'INTERNAL', String(fields.message));
}
