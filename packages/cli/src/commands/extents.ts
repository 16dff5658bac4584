import { type ExtentInfo, formatId, type ShardPlace } from '@tessera/client';
import type { Command } from 'commander';
import type { Context, GlobalOptions } from '../context.js';
import { examples } from '../help-text.js';
import { formatDomains } from '../output/domains.js';
import { formatSize } from '../output/size.js';
import type { Column } from '../output/table.js';

interface ExtentsOptions extends GlobalOptions {
  all?: boolean;
}

interface Row {
  extent: ExtentInfo;
  shard: ShardPlace;
  /** What the shard is to this file. */
  holds: string;
}

export function addExtentsCommand(program: Command, context: Context): void {
  program
    .command('extents')
    .description('Show which chunkserver holds which part of a file, and the parity that protects it.')
    .argument('<file>', 'file in the cluster')
    .option('-a, --all', 'also show the segments of other files in the same stripes')
    .addHelpText('after', examples('tessera extents /studies/slice.dcm', 'tessera extents --json /studies/slice.dcm'))
    .action((file: string, _: unknown, command: Command) => extents(context, file, command.optsWithGlobals()));
}

async function extents(context: Context, file: string, options: ExtentsOptions): Promise<void> {
  await context.withClient(options, async (client) => {
    const found = await client.extents(file, { signal: context.signal });
    if (options.json) {
      for (const extent of found) context.printJson(extent);
    } else if (found.length === 0) {
      const { bytes } = await client.stat(file, { signal: context.signal });
      const where = bytes === 0 ? 'is empty' : `lives in the metadata (${formatSize(bytes)})`;
      context.print(`${file} ${where}: no chunkserver holds a part of it`);
    } else {
      context.printTable(COLUMNS, rows(found, options.all ?? false));
    }
  });
}

/** Each stripe's extents, then what else the stripe has, once. */
function rows(found: readonly ExtentInfo[], all: boolean): Row[] {
  return found.flatMap((extent, index) => {
    const own: Row = {
      extent,
      shard: extent.shard,
      holds: `bytes ${extent.fileOffset}..${extent.fileOffset + extent.bytes - 1}`,
    };
    if (found[index + 1]?.stripe === extent.stripe) return [own];
    const slots = new Set(found.filter(({ stripe }) => stripe === extent.stripe).map(({ shard }) => shard.slot));
    const others = all ? extent.companions.filter(({ slot }) => !slots.has(slot)) : [];
    return [
      own,
      ...others.map((shard) => ({ extent, shard, holds: 'other file' })),
      ...extent.parity.map((shard) => ({ extent, shard, holds: 'parity' })),
    ];
  });
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'holds', value: ({ holds }) => holds },
  { title: 'size', value: ({ shard }) => formatSize(shard.bytes), align: 'right' },
  { title: 'pg', value: ({ extent }) => extent.pg, align: 'right' },
  { title: 'stripe', value: ({ extent }) => formatId(extent.stripe) },
  { title: 'code', value: ({ extent }) => `${extent.dataCount}+${extent.parityCount}` },
  { title: 'slot', value: ({ shard }) => shard.slot, align: 'right' },
  { title: 'shard', value: ({ shard }) => shard.state },
  { title: 'server', value: ({ shard }) => (shard.server === 0 ? '-' : shard.server), align: 'right' },
  { title: 'address', value: ({ shard }) => shard.address || '-' },
  { title: 'state', value: ({ shard }) => (shard.server === 0 ? '-' : shard.serverState) },
  { title: 'labels', isShrinkable: true, value: ({ shard }) => formatDomains(shard.labels) },
];
