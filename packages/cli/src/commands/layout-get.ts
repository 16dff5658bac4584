import type { Command } from 'commander';
import type { Context, GlobalOptions } from '../context.js';
import { examples } from '../help-text.js';
import { LAYOUT_FIELDS } from '../layout-fields.js';
import { formatTable } from '../output/table.js';

export function addLayoutGetCommand(layout: Command, context: Context): void {
  layout
    .command('get')
    .description('Show the layout that new files of a directory get, and which fields the directory sets itself.')
    .argument('<directory>', 'directory in the cluster')
    .addHelpText('after', examples('tessera layout get /studies', 'tessera layout get --json /'))
    .action((path: string, _: unknown, command: Command) => layoutGet(context, path, command.optsWithGlobals()));
}

async function layoutGet(context: Context, path: string, options: GlobalOptions): Promise<void> {
  await context.withClient(options, async (client) => {
    const { own, effective, directory } = await client.getLayout(path, { signal: context.signal });
    if (options.json) {
      context.printJson({ path, own, effective, directory });
      return;
    }
    context.print(
      formatTable(
        [
          { title: 'field', value: ({ flag }) => flag },
          { title: 'value', value: ({ show }) => show(effective) },
          { title: 'from', value: ({ key }) => (own[key] === undefined ? 'inherited' : 'set here') },
        ],
        LAYOUT_FIELDS,
      ),
    );
  });
}
