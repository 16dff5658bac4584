import { type ErrorCode, TesseraError } from '@tessera/client';
import { printable } from './output/table.js';
import { fromSystemError } from './system-error.js';

/** What the command line itself knows to help; the messages say the rest. */
const HINTS: Partial<Record<ErrorCode, string>> = {
  EXISTS: 'Pass --replace to take its place.',
  NOT_EMPTY: 'Pass -r to take what is in it as well.',
  IS_A_DIRECTORY: 'Pass -r for directories.',
  UNAVAILABLE: "Look with 'tessera status' and 'tessera cluster status'; 'tessera up' starts a local cluster.",
  NOT_ENOUGH_SERVERS: "Look with 'tessera cluster status'; 'tessera up' starts what is missing of a local cluster.",
  INTERNAL: 'This is a bug in Tessera. Run again with TESSERA_DEBUG=1 for details.',
};

/** `tessera: CODE: message` and what to do; a stack trace only with TESSERA_DEBUG. */
export function describeError(
  error: unknown,
  environment: Readonly<Record<string, string | undefined>>,
  subject?: string,
): string {
  const { code, message } = toTesseraError(error);
  const hint = HINTS[code];
  const about = subject === undefined ? '' : `${subject}: `;
  const lines = [`tessera: ${code}: ${`${about}${message}`.split('\n').map(printable).join('\n')}`];
  // A message that names an option says itself what to do.
  if (hint !== undefined && !/(^|\s)--?[a-z]/.test(message)) lines.push(`  ${hint}`);
  if (environment.TESSERA_DEBUG && error instanceof Error) lines.push(stackOf(error));
  return lines.join('\n');
}

export function toTesseraError(error: unknown): TesseraError {
  return fromSystemError(error) ?? TesseraError.from(error);
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\nCaused by ${stackOf(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}
