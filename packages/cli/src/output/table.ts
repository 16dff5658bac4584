export interface Column<Row> {
  title: string;
  value: (row: Row) => string | number;
  align?: 'left' | 'right';
  /** Its values may be shortened in the middle where the terminal is narrow. */
  isShrinkable?: boolean;
}

const GAP = '  ';
/** A value is not shortened further. */
const SHRUNK_WIDTH_MIN = 9;
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the point
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

/**
 * Rows under their titles, columns aligned, without trailing spaces. One line a row, titles first. Where lines are longer
 * than `lineWidth`, values of shrinkable columns lose their middle.
 */
export function formatTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  lineWidth = Number.POSITIVE_INFINITY,
): string {
  const cells = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map(({ value }) => printable(String(value(row))))),
  ];
  const natural = columns.map((_, index) => Math.max(...cells.map((line) => width(line[index] ?? ''))));
  const widths = fittingWidths(columns, natural, lineWidth);
  return cells
    .map((line) =>
      columns
        .map(({ align }, index) => {
          const columnWidth = widths[index] ?? 0;
          return pad(shorten(line[index] ?? '', columnWidth), columnWidth, align ?? 'left');
        })
        .join(GAP)
        .trimEnd(),
    )
    .join('\n');
}

/** Takes characters from shrinkable columns, the widest first, until a line fits or nothing more can be taken. */
function fittingWidths(columns: readonly Column<never>[], natural: readonly number[], lineWidth: number): number[] {
  const widths = [...natural];
  let excess = widths.reduce((sum, each) => sum + each, 0) + GAP.length * (widths.length - 1) - lineWidth;
  while (excess > 0) {
    let widest: number | undefined;
    for (const [index, { isShrinkable, title }] of columns.entries()) {
      const own = widths[index] ?? 0;
      if (!isShrinkable || own <= Math.max(SHRUNK_WIDTH_MIN, title.length)) continue;
      if (widest === undefined || own > (widths[widest] ?? 0)) widest = index;
    }
    if (widest === undefined) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess--;
  }
  return widths;
}

/** Without its middle where it is too long: names differ at their ends. */
function shorten(text: string, columns: number): string {
  const characters = [...text];
  if (characters.length <= columns) return text;
  const kept = columns - 1;
  const head = Math.ceil(kept / 2);
  return `${characters.slice(0, head).join('')}…${characters.slice(characters.length - (kept - head)).join('')}`;
}

/** Names and values side by side. */
export function formatFields(fields: readonly (readonly [name: string, value: string | number])[]): string {
  const widest = Math.max(0, ...fields.map(([name]) => width(name)));
  return fields
    .map(([name, value]) => `${pad(name, widest, 'left')}${GAP}${printable(String(value))}`.trimEnd())
    .join('\n');
}

/** Text from names and messages as a terminal may show it: control characters would let a name forge output. */
export function printable(text: string): string {
  return text.replace(CONTROL, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function pad(text: string, columns: number, align: 'left' | 'right'): string {
  const filling = ' '.repeat(Math.max(0, columns - width(text)));
  return align === 'left' ? text + filling : filling + text;
}

/** Terminal columns, near enough: one for each code point. */
function width(text: string): number {
  return [...text].length;
}
