/** What this reads of a V8 CPU profile. */
export interface CpuProfile {
  nodes: readonly {
    id: number;
    callFrame: { functionName: string; url: string; lineNumber: number };
  }[];
  samples?: readonly number[] | undefined;
  /** Microseconds since the sample before. */
  timeDeltas?: readonly number[] | undefined;
}

export interface ProfileSummary {
  /** Seconds in which something ran, by V8's own clock; the time asleep is left out. */
  busySeconds: number;
  /** Self seconds by package, most first. */
  packages: readonly [string, number][];
  /** Self seconds by function, most first. */
  functions: readonly [string, number][];
}

const FUNCTIONS_SHOWN = 25;

/** Self time by package and function over the profiles of one role's processes. */
export function summarise(profiles: readonly CpuProfile[]): ProfileSummary {
  const packages = new Map<string, number>();
  const functions = new Map<string, number>();
  let busySeconds = 0;
  for (const { nodes, samples = [], timeDeltas = [] } of profiles) {
    const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
    for (const [index, id] of samples.entries()) {
      const frame = frames.get(id);
      if (frame === undefined || frame.functionName === '(idle)') continue;
      // A sample stands for the time until the next one.
      const seconds = Math.max(0, timeDeltas[index + 1] ?? 0) / 1e6;
      busySeconds += seconds;
      const owner = packageOf(frame);
      add(packages, owner, seconds);
      add(functions, nameOf(frame, owner), seconds);
    }
  }
  return { busySeconds, packages: mostFirst(packages), functions: mostFirst(functions) };
}

export function formatSummary(role: string, { busySeconds, packages, functions }: ProfileSummary): string {
  const line = ([name, seconds]: [string, number]) =>
    `    ${((100 * seconds) / busySeconds).toFixed(1).padStart(5)} %  ${name}`;
  return [
    `  ${role}: ${busySeconds.toFixed(2)} s busy`,
    ...packages.map(line),
    '    of which in functions:',
    ...functions.slice(0, FUNCTIONS_SHOWN).map(line),
  ].join('\n');
}

/** The workspace package, the dependency, or the part of Node that a function belongs to. */
function packageOf({ functionName, url }: { functionName: string; url: string }): string {
  const dependency = url.lastIndexOf('/node_modules/');
  if (dependency >= 0) {
    const [first = '', second = ''] = url.slice(dependency + '/node_modules/'.length).split('/');
    return first.startsWith('@') ? `${first}/${second}` : first;
  }
  const own = /\/(packages\/[^/]+|bench)\//.exec(url)?.[1];
  if (own !== undefined) return own;
  if (url.startsWith('node:')) return 'node';
  if (url.startsWith('wasm:')) return 'WebAssembly';
  // (program) is native code outside of JavaScript, the kernel included.
  return functionName.startsWith('(') ? functionName : 'native';
}

function nameOf({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame'], owner: string): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  const file = url.slice(url.lastIndexOf('/') + 1);
  return file === '' ? `${name}  ${owner}` : `${name}  ${owner} ${file}:${lineNumber + 1}`;
}

function add(totals: Map<string, number>, key: string, seconds: number): void {
  totals.set(key, (totals.get(key) ?? 0) + seconds);
}

function mostFirst(totals: Map<string, number>): [string, number][] {
  return [...totals].sort(([, a], [, b]) => b - a);
}
