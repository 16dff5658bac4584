import type { Command } from 'commander';
import { remotePaths } from '../completion/remote-paths.js';
import { wantedAt } from '../completion/wanted.js';
import type { Context } from '../context.js';

/** What shells call: candidates for the last of the words, one a line; nothing where the shell shall offer local files. */
export function addCompleteCommand(program: Command, context: Context): void {
  program
    .command('complete', { hidden: true })
    .argument('[words...]', 'the words after tessera; the last is not finished')
    .action((words: readonly string[]) => complete(program, context, words));
}

async function complete(program: Command, context: Context, words: readonly string[]): Promise<void> {
  const wanted = wantedAt(program, words);
  if (wanted.kind === 'local') return;
  if (wanted.kind === 'words') {
    for (const word of wanted.words) context.print(word);
    return;
  }
  try {
    const options = clusterOptions(words);
    await context.withClient(options, async (client) => {
      for (const path of await remotePaths(client, wanted.prefix)) {
        if (!/\p{Cc}/u.test(path)) context.print(`${wanted.mark}${path}`);
      }
    });
  } catch {
    // No cluster, no such directory: there is nothing to offer, and the line being typed must stay as it is.
  }
}

/** The cluster that the unfinished line names. */
function clusterOptions(words: readonly string[]): { metaserver?: string; dir?: string } {
  const options: { metaserver?: string; dir?: string } = {};
  for (const name of ['metaserver', 'dir'] as const) {
    const joined = `--${name}=`;
    const at = words.findLastIndex((word) => word === `--${name}` || word.startsWith(joined));
    const value = words[at]?.startsWith(joined) ? words[at]?.slice(joined.length) : words[at + 1];
    if (at >= 0 && value !== undefined) options[name] = value;
  }
  return options;
}
