const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
  PiB: 2 ** 50,
};

/** A number of bytes, plain or with a binary unit: 4096, 512MiB, 1.5TiB. Undefined when it is not one, or is 0. */
export function parseByteSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text.trim());
  const unit = UNITS[match?.[2] ?? '?'];
  if (match === null || unit === undefined) return undefined;
  const bytes = Math.floor(Number(match[1]) * unit);
  return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** The shortest text that `parseByteSize` reads as exactly these bytes. */
export function formatByteSize(bytes: number): string {
  const units = Object.entries(UNITS).reverse();
  const [name, unit] = units.find(([, candidate]) => bytes % candidate === 0) ?? ['', 1];
  return `${bytes / unit}${name}`;
}
