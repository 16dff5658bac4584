import type { Client } from '@tessera/client';
import type { Context, GlobalOptions } from './context.js';

/** Does something with each path, goes on after those that fail, and prints in JSON what each came to. */
export async function forEachPath(
  context: Context,
  paths: readonly string[],
  options: GlobalOptions,
  work: (client: Client, path: string) => Promise<object>,
): Promise<void> {
  await context.withClient(options, async (client) => {
    for (const path of paths) {
      try {
        const result = await work(client, path);
        context.succeed();
        if (options.json) context.printJson({ path, ...result });
      } catch (error) {
        context.signal.throwIfAborted();
        context.fail(error, options, { path });
      }
    }
  });
}
