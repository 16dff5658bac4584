import { resolveSettings, showEffective } from '@tessera/config';
import type { Command } from 'commander';
import type { Context, GlobalOptions } from '../context.js';
import { defaultsFile, readDefaultsFile } from '../defaults/defaults-file.js';
import { DEFAULT_SETTINGS } from '../defaults/settings.js';
import { examples } from '../help-text.js';

export function addConfigCommand(program: Command, context: Context): void {
  program
    .command('config')
    .description(
      "Show what holds for this command's settings, and whether a flag, the environment or a config file says so.",
    )
    .addHelpText('after', examples('tessera config', 'tessera config --config ./mine.toml --json'))
    .action((_: unknown, command: Command) => config(context, command.optsWithGlobals()));
}

function config(context: Context, options: GlobalOptions): void {
  const { given } = context;
  const found = defaultsFile(options.config, given);
  const text = found === undefined ? undefined : readDefaultsFile(found);
  const flags = new Map<string, string>();
  for (const key of ['metaserver', 'dir', 'codec'] as const) {
    const flag = options[key];
    if (flag !== undefined) flags.set(key, flag);
  }
  const place = { environment: given.environment, directory: given.cwd, readFile: () => text ?? '' };
  const file = text === undefined ? undefined : found?.file;
  const { values, origins } = resolveSettings(DEFAULT_SETTINGS, flags, place, file);
  if (options.json) {
    context.printJson({ file: file ?? null, ...values, origins: Object.fromEntries(origins) });
  } else {
    context.print(showEffective('tessera', DEFAULT_SETTINGS, values, origins).trimEnd());
    context.note(
      file === undefined ? `There is no config file ${found?.file ?? ''}`.trimEnd() : `Config file: ${file}`,
    );
  }
}
