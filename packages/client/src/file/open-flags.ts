import { TesseraError } from '@tessera/protocol';

/** What flags like `r+` ask for. */
export interface Access {
  readonly read: boolean;
  readonly write: boolean;
  /** Everything written goes to the end. */
  readonly append: boolean;
  readonly create: boolean;
  /** A file that is there is refused. */
  readonly exclusive: boolean;
  readonly truncate: boolean;
}

/** @throws TesseraError INVALID_ARGUMENT */
export function parseOpenFlags(flags: string): Access {
  const [, kind, x, plus] = /^([rwa])(x?)(\+?)$/.exec(flags) ?? [];
  if (kind === undefined || (kind === 'r' && x === 'x')) {
    throw new TesseraError('INVALID_ARGUMENT', `'${flags}' opens no file; r, r+, w, w+, wx, wx+, a, a+, ax and ax+ do`);
  }
  return {
    read: kind === 'r' || plus === '+',
    write: kind !== 'r' || plus === '+',
    append: kind === 'a',
    create: kind !== 'r',
    exclusive: x === 'x',
    truncate: kind === 'w',
  };
}
