import { TesseraError, v1 } from '@tessera/protocol';
import type { Label } from './cluster-view.js';

const LABEL_OF_LEVEL: Readonly<Record<number, string>> = {
  [v1.DomainLevel.DOMAIN_LEVEL_DISK]: 'disk',
  [v1.DomainLevel.DOMAIN_LEVEL_HOST]: 'host',
  [v1.DomainLevel.DOMAIN_LEVEL_RACK]: 'rack',
  [v1.DomainLevel.DOMAIN_LEVEL_SITE]: 'site',
  [v1.DomainLevel.DOMAIN_LEVEL_REGION]: 'region',
};

/** The key of the label that names a server's domain at a level. @throws TesseraError INVALID_ARGUMENT */
export function levelLabel(level: v1.DomainLevel): string {
  const label = LABEL_OF_LEVEL[level];
  if (label === undefined) throw new TesseraError('INVALID_ARGUMENT', `failure domain level ${level} is unknown`);
  return label;
}

/**
 * The domain that carriers of these labels share at a level; undefined when they name none there. Equal names are one
 * domain wherever they stand: two racks called r1 at two sites count as one, which errs on the safe side.
 */
export function domainOf(labels: readonly Label[], level: v1.DomainLevel): string | undefined {
  const key = levelLabel(level);
  return labels.find((label) => label.key === key)?.value;
}

export function carriesLabels(labels: readonly Label[], wanted: readonly Label[]): boolean {
  return wanted.every(({ key, value }) => labels.some((label) => label.key === key && label.value === value));
}
