import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

interface CommandLine {
  readonly text: string;
  /** What stands between its words. */
  readonly separator: string;
}

/**
 * Whether process `pid` lives and has `words` as consecutive arguments. A recorded pid may belong to another program
 * after a reboot, so a pid alone proves nothing.
 */
export async function isProcess(pid: number, words: readonly string[]): Promise<boolean> {
  if (!processExists(pid)) return false;
  return hasWords(await commandLine(pid), words);
}

/**
 * Whether process `pid` with these words has ended, its sockets closed and its files let go. A dying process loses its
 * command line before those.
 */
export async function hasEnded(pid: number, words: readonly string[]): Promise<boolean> {
  if (!processExists(pid)) return true;
  const line = await commandLine(pid);
  return line.text === '' ? !processExists(pid) || (await isCorpse(pid)) : !hasWords(line, words);
}

/** As `isProcess` for a process that exits and can wait for nothing. */
export function isProcessNow(pid: number, words: readonly string[]): boolean {
  return processExists(pid) && hasWords(commandLineNow(pid), words);
}

function hasWords({ text, separator }: CommandLine, words: readonly string[]): boolean {
  return [separator, text, separator].join('').includes([separator, words.join(separator), separator].join(''));
}

/** Whether any process has that pid, a dead one that its parent has not collected included. */
export function processExists(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Empty for a process that is gone, or dead and not yet collected by its parent. */
async function commandLine(pid: number): Promise<CommandLine> {
  if (process.platform === 'linux') {
    return { text: await readFile(procFile(pid), 'utf8').catch(() => ''), separator: '\0' };
  }
  const listed = await promisify(execFile)('ps', psArguments(pid)).catch(() => undefined);
  return { text: listed?.stdout.trim() ?? '', separator: ' ' };
}

function commandLineNow(pid: number): CommandLine {
  try {
    if (process.platform === 'linux') return { text: readFileSync(procFile(pid), 'utf8'), separator: '\0' };
    return { text: execFileSync('ps', psArguments(pid), { encoding: 'utf8' }).trim(), separator: ' ' };
  } catch {
    return { text: '', separator: ' ' };
  }
}

/** Dead in all its threads, and only not collected by its parent. */
async function isCorpse(pid: number): Promise<boolean> {
  if (process.platform === 'linux') {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
    if (stat === undefined) return true;
    // After the name, which may hold anything: state, …, and 17 fields on the number of threads.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'X' || (fields[0] === 'Z' && Number(fields[17]) <= 1);
  }
  const listed = await promisify(execFile)('ps', ['-o', 'state=', '-p', String(pid)]).catch(() => undefined);
  return listed === undefined || listed.stdout.trim().startsWith('Z');
}

function procFile(pid: number): string {
  return `/proc/${pid}/cmdline`;
}

function psArguments(pid: number): string[] {
  return ['-ww', '-o', 'command=', '-p', String(pid)];
}
