import { formatByteCount, parseByteCount } from './byte-count.js';
import {
  checkDistribution,
  type DistributionName,
  type DistributionSpec,
  refuseDistribution,
  type Strip,
  TWOD_FACTOR_DEFAULT,
  TWOD_GROUPS_DEFAULT,
} from './distribution-spec.js';

/** Of a whole specification; PVFS allows as many for the strips alone. */
export const DISTRIBUTION_CHARACTERS_MAX = 1_024;

/** The names that PVFS has for them, where those differ. */
const ALIASES: ReadonlyMap<string, DistributionName> = new Map([
  ['basic_dist', 'basic'],
  ['varstrip_dist', 'varstrip'],
]);

const PARAMETERS: Readonly<Record<DistributionName, readonly string[]>> = {
  basic: [],
  simple_stripe: ['strip_size'],
  twod_stripe: ['num_groups', 'strip_size', 'group_strip_factor'],
  varstrip: ['strips'],
};

/**
 * Reads `NAME` or `NAME:parameter=value,…`, with the names and parameters of PVFS: `simple_stripe:strip_size=1M`,
 * `twod_stripe:num_groups=2,strip_size=64K,group_strip_factor=256`, `varstrip:strips=0:32K;1:1K`. Sizes are bytes, or K,
 * M, G of 1,024 each. @throws TesseraError INVALID_LAYOUT
 */
export function parseDistribution(text: string): DistributionSpec {
  checkLength(text);
  const colon = text.indexOf(':');
  const given = colon < 0 ? text : text.slice(0, colon);
  const name = ALIASES.get(given) ?? given;
  if (!isName(name)) refuseDistribution(`'${given}' is unknown; known: ${Object.keys(PARAMETERS).join(', ')}`);
  const parameters = colon < 0 ? new Map<string, string>() : parseParameters(name, text.slice(colon + 1));
  const spec = specFrom(name, parameters);
  checkDistribution(spec);
  return spec;
}

/** The text that reads as this. @throws TesseraError INVALID_LAYOUT when it would be too long */
export function formatDistribution(spec: DistributionSpec): string {
  const parameters = Object.entries(parametersOf(spec)).map(([name, value]) => `${name}=${value}`);
  const text = parameters.length === 0 ? spec.name : `${spec.name}:${parameters.join(',')}`;
  checkLength(text);
  return text;
}

function checkLength(text: string): void {
  if (text.length > DISTRIBUTION_CHARACTERS_MAX) {
    refuseDistribution(`the text has ${text.length} characters; at most ${DISTRIBUTION_CHARACTERS_MAX} are allowed`);
  }
}

function parametersOf(spec: DistributionSpec): Record<string, string> {
  switch (spec.name) {
    case 'basic':
      return {};
    case 'simple_stripe':
      return stripSize(spec);
    case 'twod_stripe':
      return { num_groups: `${spec.groups}`, ...stripSize(spec), group_strip_factor: `${spec.factor}` };
    case 'varstrip':
      return { strips: spec.strips.map(({ server, bytes }) => `${server}:${formatByteCount(bytes)}`).join(';') };
  }
}

function stripSize({ stripBytes }: { readonly stripBytes?: number }): Record<string, string> {
  return stripBytes === undefined ? {} : { strip_size: formatByteCount(stripBytes) };
}

function isName(name: string): name is DistributionName {
  return Object.hasOwn(PARAMETERS, name);
}

function parseParameters(name: DistributionName, text: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const item of text.split(',')) {
    const equals = item.indexOf('=');
    const [key, value] = equals < 0 ? [item, ''] : [item.slice(0, equals), item.slice(equals + 1)];
    if (!PARAMETERS[name].includes(key) || value === '') {
      const known = PARAMETERS[name].map((parameter) => `${parameter}=…`).join(', ') || 'none';
      refuseDistribution(`'${item}' is no parameter of ${name}; known: ${known}`);
    }
    if (parameters.has(key)) refuseDistribution(`${key} is given twice`);
    parameters.set(key, value);
  }
  return parameters;
}

function specFrom(name: DistributionName, parameters: ReadonlyMap<string, string>): DistributionSpec {
  const size = parameters.get('strip_size');
  const strip = size === undefined ? {} : { stripBytes: parseByteCount('strip_size', size) };
  switch (name) {
    case 'basic':
      return { name };
    case 'simple_stripe':
      return { name, ...strip };
    case 'twod_stripe':
      return {
        name,
        groups: whole('num_groups', parameters.get('num_groups'), TWOD_GROUPS_DEFAULT),
        factor: whole('group_strip_factor', parameters.get('group_strip_factor'), TWOD_FACTOR_DEFAULT),
        ...strip,
      };
    case 'varstrip':
      return { name, strips: parseStrips(parameters.get('strips')) };
  }
}

function whole(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (!/^\d+$/.test(text)) refuseDistribution(`${name} is '${text}'; a whole number is expected`);
  return Number(text);
}

function parseStrips(text: string | undefined): Strip[] {
  if (text === undefined) refuseDistribution('varstrip needs its strips, e.g. varstrip:strips=0:64K;1:128K');
  return text
    .replace(/;$/, '')
    .split(';')
    .map((item) => {
      const match = /^(\d+):(\w+)$/.exec(item);
      if (match === null) refuseDistribution(`strips has '${item}'; server:size is expected, e.g. 0:64K`);
      return { server: Number(match[1]), bytes: parseByteCount('a strip', match[2] as string) };
    });
}
