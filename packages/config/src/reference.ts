import { whenUnset } from './configuration.js';
import { flagOf, type Settings } from './setting.js';

/** A Markdown table of settings. */
export function settingsTable(settings: Settings): string {
  const rows = Object.values(settings).map((setting) => {
    const { key, variable, kind, help } = setting;
    const value = cell(`${help}: ${kind.expected}`);
    return `| \`${key}\` | \`${flagOf(setting)}\` | \`${variable}\` | ${value} | ${cell(whenUnset(setting))} |`;
  });
  return ['| key | flag | environment | what | unless given |', '| --- | --- | --- | --- | --- |', ...rows].join('\n');
}

function cell(text: string): string {
  return text.replace(/^default: /, '').replaceAll('|', '\\|');
}
