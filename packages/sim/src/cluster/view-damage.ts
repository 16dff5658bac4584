import { TesseraError } from '@tessera/protocol';

/** Whether a metaserver gave up because its view is damaged: the next start builds the view anew. */
export function isViewDamage(thrown: unknown): boolean {
  for (let at = thrown; at instanceof Error; at = at.cause) {
    if (at instanceof TesseraError && at.code === 'CORRUPT' && at.message.includes('the view')) return true;
  }
  return false;
}
