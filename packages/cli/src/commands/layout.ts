import type { Command } from 'commander';
import type { Context } from '../context.js';
import { addLayoutGetCommand } from './layout-get.js';
import { addLayoutSetCommand } from './layout-set.js';

export function addLayoutCommand(program: Command, context: Context): void {
  const layout = program
    .command('layout')
    .description("Show and set directories' layouts: redundancy, segments, placement.");
  addLayoutGetCommand(layout, context);
  addLayoutSetCommand(layout, context);
}
