import { execFile } from 'node:child_process';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export function machine(): object {
  const cpus = os.cpus();
  return {
    cpu: cpus[0]?.model,
    cores: cpus.length,
    memoryBytes: os.totalmem(),
    node: process.version,
    system: `${os.type()} ${os.release()}`,
    loadAtStart: os.loadavg()[0],
  };
}

/** What was measured, `+` behind it when files differ from the commit; 'unknown' outside of a checkout. */
export async function commit(): Promise<string> {
  const git = async (...words: string[]) => {
    const cwd = fileURLToPath(new URL('.', import.meta.url));
    return (await promisify(execFile)('git', words, { cwd })).stdout.trim();
  };
  try {
    const head = await git('rev-parse', 'HEAD');
    return (await git('status', '--porcelain', '--untracked-files=no')) === '' ? head : `${head}+`;
  } catch {
    return 'unknown';
  }
}
