export interface Column<Row> {
  title: string;
  value: (row: Row) => string | number;
  align?: 'left' | 'right';
}

const GAP = '  ';
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the point
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

/** Rows under their titles, columns aligned, without trailing spaces. One line a row, titles first. */
export function formatTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map(({ value }) => printable(String(value(row))))),
  ];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => width(line[index] ?? ''))));
  return cells
    .map((line) =>
      columns
        .map(({ align }, index) => pad(line[index] ?? '', widths[index] ?? 0, align ?? 'left'))
        .join(GAP)
        .trimEnd(),
    )
    .join('\n');
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
