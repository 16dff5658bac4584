import type { Attributes } from '@tessera/client';

const KINDS: Record<Attributes['kind'], string> = { file: '-', directory: 'd', symlink: 'l' };

/** `drwxr-xr-x` and the like. */
export function formatMode({ kind, mode }: Pick<Attributes, 'kind' | 'mode'>): string {
  const bits = [...'rwxrwxrwx'].map((letter, index) => (mode & (0o400 >> index) ? letter : '-'));
  return KINDS[kind] + bits.join('');
}
