import type { Label } from '@tessera/client';

/** A server's labels for people. Its disk's id, which every server has, would only push the others aside. */
export function formatDomains(labels: readonly Label[]): string {
  const shown = labels.filter(({ key }) => key !== 'disk').map(({ key, value }) => `${key}=${value}`);
  return shown.join(' ') || '-';
}
