/** A text that stands once in a source file, and what stands there in the broken variant. */
export interface Replacement {
  /** Path from the repository's root. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** A variant of the product that is broken on purpose. */
export interface Mutant {
  readonly name: string;
  /** What is broken, for people. */
  readonly title: string;
  readonly replacements: readonly Replacement[];
}

/** A mutant that does not fit the source any more, or is written wrongly. */
export class MutantError extends Error {}

/**
 * Reads a mutant: a line `title: …`, then for each place a line `file: …`, lines with `-` before what stands there, and
 * lines with `+` before what takes its place; the rest of such a line counts as it is. Lines with `#` are for people.
 * @throws MutantError
 */
export function parseMutant(name: string, text: string): Mutant {
  let title: string | undefined;
  let file: string | undefined;
  const replacements: { file: string; from: string[]; to: string[] }[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const rest = line.slice(1);
    const current = replacements.at(-1);
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('title: ')) title = line.slice(7);
    else if (line.startsWith('file: ')) file = line.slice(6);
    else if (line.startsWith('-') && file !== undefined) {
      if (current === undefined || current.file !== file || current.to.length > 0) {
        replacements.push({ file, from: [rest], to: [] });
      } else current.from.push(rest);
    } else if (line.startsWith('+') && current !== undefined && current.file === file) current.to.push(rest);
    else throw new MutantError(`mutant ${name}, line ${index + 1}: expected title:, file:, - or +, found '${line}'`);
  }
  if (title === undefined || replacements.length === 0) {
    throw new MutantError(`mutant ${name}: it needs a title and at least one replacement`);
  }
  return {
    name,
    title,
    replacements: replacements.map(({ from, to, ...where }) => ({
      ...where,
      from: from.join('\n'),
      to: to.join('\n'),
    })),
  };
}

/** @throws MutantError when the text to replace does not stand in the source exactly once */
export function replaceIn(source: string, mutant: string, { file, from, to }: Replacement): string {
  const found = source.split(from).length - 1;
  if (found !== 1) {
    throw new MutantError(
      `mutant ${mutant}: ${file} has the text it replaces ${found} times, expected once. The source has changed: ` +
        `bring packages/sim/mutants/${mutant}.mutant up to date. The text:\n${from}`,
    );
  }
  return source.replace(from, () => to);
}
