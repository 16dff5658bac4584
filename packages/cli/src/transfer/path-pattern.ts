import { TesseraError } from '@tessera/client';

/** A pattern of file names or paths, compiled. */
export interface PathPattern {
  /** It ends in a slash. */
  readonly directoriesOnly: boolean;
  /** Matched against the path; otherwise against the name alone. */
  readonly wholePath: boolean;
  readonly expression: RegExp;
}

/**
 * `*` and `?` match within a name, `**` across names, `[a-z]` and `[!a-z]` one character; a backslash takes the next
 * character as it is. A slash at the beginning or in the middle makes the pattern one of paths below the root, a slash
 * at the end one of directories. @throws TesseraError INVALID_ARGUMENT
 */
export function parsePattern(text: string): PathPattern {
  const directoriesOnly = text.endsWith('/');
  const body = text.replace(/\/$/, '');
  const wholePath = body.includes('/');
  const pattern = body.replace(/^\//, '');
  if (pattern === '') {
    throw new TesseraError(
      'INVALID_ARGUMENT',
      `'${text}' is no pattern: write for example '*.dcm', 'tmp/' or '/CT-*/**'`,
    );
  }
  return { directoriesOnly, wholePath, expression: new RegExp(`^${source(pattern)}$`, 'su') };
}

function source(pattern: string): string {
  let expression = '';
  for (let at = 0; at < pattern.length; ) {
    const rest = pattern.slice(at);
    const set = /^\[(!?)(\]?[^\]]*)\]/.exec(rest);
    if (rest.startsWith('**/')) {
      expression += '(?:.*/)?';
      at += 3;
    } else if (rest.startsWith('**')) {
      expression += '.*';
      at += 2;
    } else if (rest.startsWith('*')) {
      expression += '[^/]*';
      at += 1;
    } else if (rest.startsWith('?')) {
      expression += '[^/]';
      at += 1;
    } else if (set !== null && set[2] !== '') {
      expression += characterSet(set[1] === '!', set[2] as string);
      at += set[0].length;
    } else {
      const escaped = rest.startsWith('\\') && rest.length > 1;
      const character = String.fromCodePoint(pattern.codePointAt(escaped ? at + 1 : at) as number);
      expression += character.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
      at += character.length + (escaped ? 1 : 0);
    }
  }
  return expression;
}

/** Members are characters and ranges in order; a dash elsewhere is a dash. */
function characterSet(negated: boolean, inside: string): string {
  let members = '';
  for (const [member, from, to] of inside.matchAll(/(.)-(.)|./gsu)) {
    const parts = from !== undefined && to !== undefined && from <= to ? [from, to] : [...member];
    members += parts.map(escapedMember).join(parts.length === 2 ? '-' : '');
  }
  return `(?!/)[${negated ? '^' : ''}${members}]`;
}

function escapedMember(character: string): string {
  return /[\\\]^[-]/.test(character) ? `\\${character}` : character;
}
