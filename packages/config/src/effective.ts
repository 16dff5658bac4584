import type { Settings, Values } from './setting.js';

/** The flag, variable, or file and line that gave a value; undefined: nobody did. */
export type Origin = string | undefined;

/** What is in force, as a file that sets the same; each line says where the value is from. */
export function showEffective<Table extends Settings>(
  program: string,
  settings: Table,
  values: Values<Table>,
  origins: ReadonlyMap<string, Origin>,
): string {
  const lines = Object.entries(settings).map(([name, { key, kind, otherwise, isSecret }]) => {
    const value = values[name as keyof Table];
    const origin = origins.get(name) ?? 'default';
    if (value === undefined) return `# ${key}: ${otherwise ?? 'not set'} (${origin})`;
    if (isSecret) return `# ${key} = (secret) (${origin})`;
    return `${key} = ${kind.toToml(value)} # ${origin}`;
  });
  return [`# Configuration of ${program} in force.`, ...lines, ''].join('\n');
}
