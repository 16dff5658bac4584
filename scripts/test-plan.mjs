// What processes a run of the tests needs, and which come first.

/** A process costs more than most files of tests: those that leave nothing behind share one, up to so many. */
const FILES_PER_PROCESS_MAX = 12;

/** What a file touches that others in its process would meet: hooks of the whole process, its state, other processes. */
const TOUCHES_PROCESS =
  /^(after|before|beforeEach|afterEach)\(|temporaryDirectory\(|\bprocess\.|child_process|worker_threads|node:v8|\bmock\.|\bperformance\.|globalThis|console\./m;

/** Long ones begin first, so that none is left over at the end with nobody beside it. */
const LONG = [/packed-sdk/, /\/e2e\//, /exhaustion/, /^bench\//];

/**
 * Groups compiled tests, each a path and its text, by the processes they run in, in the order in which these start.
 * @param {readonly {path: string, text: string}[]} files
 * @returns {string[][]}
 */
export function planProcesses(files) {
  const alone = [];
  const shared = new Map();
  for (const { path, text } of files) {
    if (!path.startsWith('packages/') || isLong(path) || TOUCHES_PROCESS.test(text)) {
      alone.push([path]);
      continue;
    }
    const home = path.split('/').slice(0, 2).join('/');
    const groups = shared.get(home) ?? [];
    shared.set(home, groups);
    const last = groups.at(-1);
    if (last !== undefined && last.length < FILES_PER_PROCESS_MAX) last.push(path);
    else groups.push([path]);
  }
  const all = [...alone, ...[...shared.values()].flat()];
  return all.sort((one, other) => rank(one) - rank(other));
}

function isLong(path) {
  return LONG.some((pattern) => pattern.test(path));
}

function rank([first]) {
  const at = LONG.findIndex((pattern) => pattern.test(first));
  return at < 0 ? LONG.length : at;
}
