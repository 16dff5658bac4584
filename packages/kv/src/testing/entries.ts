import type { KvRange, KvStore, KvWrite } from '../store.js';

export function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'));
}

export function text(content: Uint8Array | undefined): string | undefined {
  return content && Buffer.from(content).toString('latin1');
}

export function put(key: string, value: string): KvWrite {
  return { key: bytes(key), value: bytes(value) };
}

export function remove(key: string): KvWrite {
  return { key: bytes(key), value: undefined };
}

/** Entries of a range as `key=value`. */
export async function entriesOf(store: KvStore, range: KvRange = {}): Promise<string[]> {
  const found: string[] = [];
  for await (const page of store.scan(range)) {
    found.push(...page.map(({ key, value }) => `${text(key)}=${text(value)}`));
  }
  return found;
}
