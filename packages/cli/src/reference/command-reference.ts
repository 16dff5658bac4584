import type { Command } from 'commander';
import { Context } from '../context.js';
import { createProgram } from '../program.js';
import type { Terminal } from '../terminal.js';

const WIDTH = 100;

/** All commands with their help, as a Markdown document. */
export function commandReference(terminal: Terminal): string {
  const program = createProgram(new Context(terminal));
  const head = [
    '# The tessera command',
    '',
    'What `tessera COMMAND --help` says, for every command; `npm run reference` writes this page. The options of `tessera`',
    'itself may stand before or after the name of any command.',
  ];
  return `${[...head, ...section(program)].join('\n')}\n`;
}

function section(command: Command): string[] {
  const own = ['', `## ${fullName(command)}`, '', '```text', helpOf(command).trim(), '```'];
  const visible = command.createHelp().visibleCommands(command);
  const children = visible.filter((child) => child.name() !== 'help');
  // A command that only holds others says nothing that they do not say.
  const isHolder = command.parent !== null && children.length > 0;
  return [...(isHolder ? [] : own), ...children.flatMap(section)];
}

function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}

function helpOf(command: Command): string {
  let text = '';
  command.configureHelp({ showGlobalOptions: false }).configureOutput({
    writeOut: (part) => {
      text += part;
    },
    getOutHelpWidth: () => WIDTH,
  });
  command.outputHelp();
  return text;
}
