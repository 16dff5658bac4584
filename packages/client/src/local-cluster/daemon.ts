import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { TesseraError } from '@tessera/protocol';
import type { Member, Role } from './cluster-file.js';

/**
 * The daemon's executable shim, found through its package, so that it works in a checkout and when installed.
 * @throws TesseraError NOT_FOUND when that package is not installed
 */
function daemonExecutable(role: Role): string {
  const manifest = findManifest(`@tessera/${role}`);
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'));
  return path.join(path.dirname(manifest), bin[`tessera-${role}`]);
}

/** @throws TesseraError NOT_FOUND */
export function findManifest(name: string): string {
  try {
    return fileURLToPath(import.meta.resolve(`${name}/package.json`));
  } catch (error) {
    throw new TesseraError('NOT_FOUND', `a local cluster runs ${name}, which is not installed: npm install ${name}`, {
      cause: error,
    });
  }
}

export function dataDirectory(directory: string, member: Member): string {
  return path.join(directory, member.name);
}

export function logFile(directory: string, member: Member): string {
  return path.join(directory, 'logs', `${member.name}.log`);
}

/** Arguments of a member's process, the executable first. */
export function daemonCommand(directory: string, member: Member, metaserver: string | undefined): string[] {
  const command = [daemonExecutable(member.role), ...identityWords(directory, member)];
  if (member.role === 'chunkserver') {
    if (metaserver === undefined) throw new Error(`${member.name} needs the metaserver's address`);
    command.push('--metaserver', metaserver);
  }
  command.push('--listen', member.listen, '--health', member.health, '--metrics-listen', member.metrics);
  for (const label of member.labels) command.push('--label', label);
  return command;
}

/** Words in the member's command line that no other process has together. */
export function identityWords(directory: string, member: Member): string[] {
  return ['--dir', dataDirectory(directory, member)];
}
