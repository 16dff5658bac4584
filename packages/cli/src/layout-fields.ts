import { type DirectoryLayout, distribution, type Label, TesseraError } from '@tessera/client';
import { parseCount } from './output/count.js';
import { formatSize, parseSize } from './output/size.js';

/** One field of a layout on the command line. */
export interface LayoutField {
  key: keyof DirectoryLayout;
  /** Name of its option, without dashes. */
  flag: string;
  /** What its value looks like in help texts. */
  placeholder: string;
  help: string;
  /** @throws TesseraError INVALID_ARGUMENT */
  parse(text: string): string | number | readonly Label[] | readonly number[];
  show(layout: DirectoryLayout): string;
}

const COUNT_MAX = 65_535;
const SERVER_MAX = 4_294_967_295;

/** Every field, in the order people read them. The metaserver decides which values it takes. */
export const LAYOUT_FIELDS: readonly LayoutField[] = [
  field('redundancy', 'redundancy', 'rs-K-M|copies-N', 'data and parity shards of a stripe', text, String),
  field('segmentBytes', 'segment-bytes', 'size', 'length of a segment: 64KiB to 16MiB', parseSize, formatSize),
  field(
    'mixing',
    'mixing',
    'scope',
    'which files may share a stripe: file, directory or tenant',
    oneOf('file', 'directory', 'tenant'),
    String,
  ),
  field(
    'durability',
    'durability',
    'kind',
    'acknowledge when synced to disk, or when written',
    oneOf('synced', 'written'),
    String,
  ),
  field(
    'failureDomain',
    'failure-domain',
    'level',
    'what may fail at once: disk, host, rack, site or region',
    oneOf('disk', 'host', 'rack', 'site', 'region'),
    String,
  ),
  field(
    'shardsPerDomain',
    'shards-per-domain',
    'count',
    'shards of a stripe in one failure domain',
    parseCount(1, COUNT_MAX),
    String,
  ),
  field(
    'placementLabels',
    'label',
    'key=value',
    'only on chunkservers with this label; may be repeated',
    parseLabel,
    formatLabels,
  ),
  field(
    'inlineBytes',
    'inline-bytes',
    'size',
    'files up to this length live in the metadata: 0 to 4KiB',
    parseSize,
    formatSize,
  ),
  field(
    'distribution',
    'distribution',
    'name[:parameters]',
    'how bytes are dealt out to chunkservers: basic, simple_stripe, twod_stripe or varstrip',
    parseDistributionText,
    String,
  ),
  field(
    'width',
    'width',
    'count',
    'chunkservers a file spreads over; 0 means all',
    parseCount(0, COUNT_MAX),
    (width) => (width === 0 ? 'all' : String(width)),
  ),
  field(
    'serverOrder',
    'server-order',
    'order',
    'which chunkservers come first: any, in-order, round-robin, random, list or local',
    oneOf('any', 'in-order', 'round-robin', 'random', 'list', 'local'),
    String,
  ),
  field(
    'startServer',
    'start-server',
    'number',
    'the file’s first chunkserver; 0 means none in particular',
    parseCount(0, SERVER_MAX),
    (server) => (server === 0 ? '-' : String(server)),
  ),
  field(
    'servers',
    'servers',
    'numbers',
    'the file’s chunkservers, e.g. 3,1,2; or any',
    parseServers,
    (servers) => servers.join(',') || 'any',
  ),
];

function field<Key extends keyof DirectoryLayout>(
  key: Key,
  flag: string,
  placeholder: string,
  help: string,
  parse: LayoutField['parse'],
  show: (value: DirectoryLayout[Key]) => string,
): LayoutField {
  return { key, flag, placeholder, help, parse, show: (layout) => show(layout[key]) };
}

function text(value: string): string {
  return value;
}

function oneOf(...known: readonly string[]): (value: string) => string {
  return (value) => {
    if (known.includes(value)) return value;
    throw new TesseraError('INVALID_ARGUMENT', `'${value}' is unknown; use one of ${known.join(', ')}`);
  };
}

function parseDistributionText(value: string): string {
  return distribution.formatDistribution(distribution.parseDistribution(value));
}

function parseServers(value: string): readonly number[] {
  return value === 'any' ? [] : value.split(',').map(parseCount(1, SERVER_MAX));
}

function parseLabel(label: string): readonly Label[] {
  const cut = label.indexOf('=');
  if (cut < 1) throw new TesseraError('INVALID_ARGUMENT', `label '${label}' is not key=value, e.g. rack=rack-3`);
  return [{ key: label.slice(0, cut), value: label.slice(cut + 1) }];
}

function formatLabels(labels: readonly Label[]): string {
  return labels.length === 0 ? '-' : labels.map(({ key, value }) => `${key}=${value}`).join(' ');
}
