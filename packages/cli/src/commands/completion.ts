import { Argument, type Command } from 'commander';
import { COMPLETION_SCRIPTS, type Shell } from '../completion/scripts.js';
import type { Context } from '../context.js';
import { examples } from '../help-text.js';

export function addCompletionCommand(program: Command, context: Context): void {
  program
    .command('completion')
    .description(
      'Print a script that teaches a shell to complete commands, options and paths in the cluster. Run it at the start ' +
        'of the shell.',
    )
    .addArgument(new Argument('<shell>', 'which shell').choices(Object.keys(COMPLETION_SCRIPTS)))
    .addHelpText(
      'after',
      examples(
        'eval "$(tessera completion bash)"   # in ~/.bashrc',
        'eval "$(tessera completion zsh)"    # in ~/.zshrc, after compinit',
        'tessera completion fish | source    # in ~/.config/fish/config.fish',
      ),
    )
    .action((shell: Shell) => context.print(COMPLETION_SCRIPTS[shell].trimEnd()));
}
