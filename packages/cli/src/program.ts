import { Command, CommanderError } from 'commander';
import { addBenchCommand } from './commands/bench.js';
import { addCatCommand } from './commands/cat.js';
import { addChmodCommand } from './commands/chmod.js';
import { addChownCommand } from './commands/chown.js';
import { addClusterCommand } from './commands/cluster.js';
import { addCompleteCommand } from './commands/complete.js';
import { addCompletionCommand } from './commands/completion.js';
import { addConfigCommand } from './commands/config.js';
import { addCpCommand } from './commands/cp.js';
import { addDfCommand } from './commands/df.js';
import { addDownCommand } from './commands/down.js';
import { addDuCommand } from './commands/du.js';
import { addExtentsCommand } from './commands/extents.js';
import { addFindCommand } from './commands/find.js';
import { addGetCommand } from './commands/get.js';
import { addLayoutCommand } from './commands/layout.js';
import { addLnCommand } from './commands/ln.js';
import { addLsCommand } from './commands/ls.js';
import { addMkdirCommand } from './commands/mkdir.js';
import { addMvCommand } from './commands/mv.js';
import { addPutCommand } from './commands/put.js';
import { addRmCommand } from './commands/rm.js';
import { addStatCommand } from './commands/stat.js';
import { addStatusCommand } from './commands/status.js';
import { addSyncCommand } from './commands/sync.js';
import { addTouchCommand } from './commands/touch.js';
import { addTourCommand } from './commands/tour.js';
import { addTreeCommand } from './commands/tree.js';
import { addTruncateCommand } from './commands/truncate.js';
import { addUpCommand } from './commands/up.js';
import { addXattrCommand } from './commands/xattr.js';
import { Context } from './context.js';
import { ExitCode, exitCodeOf } from './exit-code.js';
import { addGlobalOptions } from './global-options.js';
import { examples, exitCodes } from './help-text.js';
import { describeError, toTesseraError } from './report-error.js';
import type { Terminal } from './terminal.js';

/** Runs `tessera` with these arguments; answers the exit code. Failures are reported on the terminal, never thrown. */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  const context = new Context(terminal);
  try {
    await createProgram(context).parseAsync([...args], { from: 'user' });
    return context.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.OK : ExitCode.USAGE;
    if (terminal.signal.aborted) return ExitCode.INTERRUPTED;
    context.note(describeError(error, terminal.environment));
    return exitCodeOf(toTesseraError(error).code);
  }
}

/** All commands, ready to parse a command line. */
export function createProgram(context: Context): Command {
  const program = addGlobalOptions(new Command('tessera'))
    .description('Distributed, erasure-coded storage for medical images.')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.terminal.stdout.write(text),
      writeErr: (text) => context.terminal.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'tessera: INVALID_ARGUMENT: ')),
    })
    .showHelpAfterError("  Run the command with --help for its options, 'tessera --help' for all commands.")
    .addHelpText('after', examples('tessera up --detach', 'tessera put -r studies /studies', 'tessera ls -l /studies'))
    .addHelpText('after', exitCodes())
    .hook('preAction', (_, command) => context.readDefaults(command.optsWithGlobals()));
  for (const add of COMMANDS) add(program, context);
  return program;
}

const COMMANDS = [
  addUpCommand,
  addDownCommand,
  addStatusCommand,
  addPutCommand,
  addGetCommand,
  addSyncCommand,
  addCatCommand,
  addLsCommand,
  addStatCommand,
  addMkdirCommand,
  addMvCommand,
  addRmCommand,
  addLayoutCommand,
  addCpCommand,
  addLnCommand,
  addTouchCommand,
  addTruncateCommand,
  addChmodCommand,
  addChownCommand,
  addXattrCommand,
  addDfCommand,
  addDuCommand,
  addTreeCommand,
  addFindCommand,
  addExtentsCommand,
  addClusterCommand,
  addConfigCommand,
  addBenchCommand,
  addCompletionCommand,
  addCompleteCommand,
  addTourCommand,
];
