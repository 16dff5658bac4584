import { EXIT_CODE_MEANINGS } from './exit-code.js';
import { formatFields } from './output/table.js';

/** A closing section for a command's help. */
export function examples(...lines: string[]): string {
  return `\nExamples:\n${indent(lines.join('\n'))}`;
}

export function exitCodes(): string {
  return `\nExit codes:\n${indent(formatFields(EXIT_CODE_MEANINGS.map(([code, meaning]) => [String(code), meaning])))}`;
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}
