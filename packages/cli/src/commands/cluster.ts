import type { Command } from 'commander';
import type { Context } from '../context.js';
import { addClusterStatusCommand } from './cluster-status.js';

export function addClusterCommand(program: Command, context: Context): void {
  const cluster = program.command('cluster').description('Look after a whole cluster.');
  addClusterStatusCommand(cluster, context);
}
