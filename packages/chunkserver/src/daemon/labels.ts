import { isTable, type Kind } from '@tessera/config';
import { checkLabels, TesseraError } from '@tessera/protocol';

export interface Label {
  key: string;
  value: string;
}

/** Labels `key=value` with commas between them, or a table; `host` is `hostname` unless given. */
export function labels(hostname: string): Kind<Label[]> {
  const complete = (given: Label[]): Label[] => {
    checkLabels(given);
    const hasHost = given.some(({ key }) => key === 'host');
    return hasHost ? given : [{ key: 'host', value: hostname }, ...given];
  };
  return {
    placeholder: 'key=value',
    expected: 'key=value, for example rack=r2',
    tomlType: 'a table of strings such as { rack = "r2" }',
    isRepeatable: true,
    fromText(text) {
      const all: Label[] = [];
      for (const part of text.split(',')) {
        const [key, ...rest] = part.trim().split('=');
        if (!key || rest.length === 0 || rest.join('=') === '') return undefined;
        if (all.some((label) => label.key === key)) {
          throw new TesseraError('INVALID_ARGUMENT', `the label '${key}' is given twice`);
        }
        all.push({ key, value: rest.join('=') });
      }
      return complete(all);
    },
    fromToml(value) {
      if (!isTable(value)) return undefined;
      const all: Label[] = [];
      for (const [key, text] of Object.entries(value)) {
        if (typeof text !== 'string' || text === '') return undefined;
        all.push({ key, value: text });
      }
      return complete(all);
    },
    toToml: (given) => `{ ${given.map(({ key, value }) => `${tomlKey(key)} = ${JSON.stringify(value)}`).join(', ')} }`,
  };
}

function tomlKey(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key);
}
