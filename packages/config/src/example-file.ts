import { type Program, whenUnset } from './configuration.js';
import { flagOf, type Setting, type Settings } from './setting.js';

const WIDTH = 100;

/** A daemon's commented file with every key: what must be given is set to a sample, the rest is commented out. */
export function exampleFile({ name, settings, configVariable }: Program): string {
  const use =
    `Settings of ${name}: ${name} --config FILE, or ${configVariable}=FILE in its environment. ` +
    `'${name} --config FILE --check-config' prints what is in force.`;
  return commentedFile(use, settings);
}

/** A file with every key; `use` is a sentence that says whose it is. */
export function commentedFile(use: string, settings: Settings): string {
  const head = wrap(
    `${use} Flags and the environment win over this file. A line that begins with # is a comment; of a setting it shows ` +
      'the default, or a sample where there is none. A key that is misspelt, or a value out of range, is refused at start.',
  );
  const entries = Object.values(settings).map((setting) => exampleEntry(setting));
  return `${[head, ...entries].join('\n\n')}\n`;
}

function exampleEntry(setting: Setting): string {
  const { key, help, variable, kind, fallback, sample, isRequired, otherwise } = setting;
  const about = wrap(
    `${help[0]?.toUpperCase()}${help.slice(1)}: ${kind.expected}. ` +
      `Flag ${flagOf(setting)}, environment ${variable}; ${whenUnset(setting)}.`,
  );
  const value = isRequired || otherwise !== undefined ? sample : (fallback ?? sample);
  return `${about}\n${isRequired ? '' : '# '}${key} = ${kind.toToml(value)}`;
}

/** A comment in lines of at most WIDTH characters, broken at spaces. */
function wrap(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && `# ${line} ${word}`.length > WIDTH) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.map((line) => `# ${line}`).join('\n');
}
