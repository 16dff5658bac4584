/**
 * Whether a variant's name is meant by a pattern: the name itself, the part before one of its slashes, or a glob of
 * either, in which `*` stands for anything but a slash and `**` for anything.
 */
export function isMeant(variant: string, pattern: string): boolean {
  const source = pattern
    .replace(/\/+$/, '')
    .split(/(\*\*|\*)/)
    .map((part) => (part === '**' ? '.*' : part === '*' ? '[^/]*' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')))
    .join('');
  return new RegExp(`^${source}(/|$)`).test(variant);
}
