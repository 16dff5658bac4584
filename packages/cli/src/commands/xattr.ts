import type { Command } from 'commander';
import type { Context } from '../context.js';
import { addXattrGetCommand } from './xattr-get.js';
import { addXattrLsCommand } from './xattr-ls.js';
import { addXattrRmCommand } from './xattr-rm.js';
import { addXattrSetCommand } from './xattr-set.js';

export function addXattrCommand(program: Command, context: Context): void {
  const xattr = program.command('xattr').description('Show and set extended attributes of files and directories.');
  addXattrGetCommand(xattr, context);
  addXattrSetCommand(xattr, context);
  addXattrLsCommand(xattr, context);
  addXattrRmCommand(xattr, context);
}
