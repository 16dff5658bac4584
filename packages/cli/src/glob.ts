/** Whether names match a shell pattern: `*`, `?`, `[a-z]`, `[!a-z]`; a backslash takes the next character as it is. */
export function globMatcher(pattern: string): (name: string) => boolean {
  let source = '';
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] as string;
    const close = pattern.indexOf(']', at + 2);
    if (character === '*') source += '.*';
    else if (character === '?') source += '.';
    else if (character === '[' && close > 0) {
      const inside = pattern.slice(at + 1, close).replace(/[\\\]^]/g, '\\$&');
      source += `[${inside.replace(/^!/, '^')}]`;
      at = close;
    } else {
      const literal = character === '\\' && at + 1 < pattern.length ? (pattern[++at] as string) : character;
      source += literal.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
    }
  }
  const expression = new RegExp(`^${source}$`, 's');
  return (name) => expression.test(name);
}
