// Who may import whom. Data flows one way: cli → client → protocol, erasure, env; metaserver → protocol, kv, env;
// chunkserver → protocol, erasure, kv, env; daemons and cli → config; daemons → metrics, daemon. Servers never import each other or the client; nothing imports sim or bench.
// scripts/layering.test.mjs shows that each rule catches its violation.

const TEST = '\\.test\\.ts$';
const MAIN = '/main\\.ts$';
/** What spawns real daemons for tests. */
const END_TO_END = '/src/e2e/';
/** What spawns the daemons' executables: real processes, beside the client and not part of it. */
const LOCAL_CLUSTER = '^packages/client/src/local-cluster/';
/** What breaks copies of the code and runs them, outside the simulated world. */
const MUTANTS = '^packages/sim/src/mutants/';
const SEED_THREADS = '^packages/sim/src/seed-thread\\.ts$';
/** What runs real processes and a real proxy, under the simulator's oracles. */
const CHAOS = '^packages/sim/src/chaos/';

/** The packages each package may import besides itself. */
const IMPORTS = {
  env: [],
  kv: ['env'],
  protocol: ['env'],
  erasure: [],
  config: ['protocol', 'env'],
  metrics: ['env'],
  daemon: ['config', 'protocol', 'kv', 'env'],
  metaserver: ['daemon', 'config', 'metrics', 'protocol', 'kv', 'env'],
  chunkserver: ['daemon', 'config', 'metrics', 'protocol', 'erasure', 'kv', 'env'],
  client: ['protocol', 'erasure', 'env'],
  cli: ['client', 'config', 'protocol', 'env'],
};

const packageRules = Object.entries(IMPORTS).map(([name, allowed]) => ({
  name: `${name}-imports`,
  comment: `packages/${name} may import ${allowed.join(', ') || 'no other package'}.`,
  severity: 'error',
  from: { path: `^packages/${name}/` },
  to: {
    path: '^(packages|bench|@tessera)/',
    // An import is seen as its file once built, by its name before.
    pathNot: `^(packages|@tessera)/(${[name, ...allowed].join('|')})(/|$)`,
  },
}));

const CORE = '^packages/(env|kv|protocol|erasure|config|metrics|metaserver|chunkserver|client|sim)/src/';

module.exports = {
  forbidden: [
    ...packageRules,
    {
      name: 'nothing-imports-sim-or-bench',
      comment: 'The simulator and the benchmarks stand on top of everything.',
      severity: 'error',
      from: { pathNot: '^(packages/sim|bench)/' },
      to: { path: '^(packages/sim/|bench/|@tessera/(sim|bench)$)' },
    },
    {
      name: 'public-surface-only',
      comment:
        "Another package is imported through its index, not through a file inside; packages export what's public.",
      severity: 'error',
      from: { path: '^(?:packages/([^/]+)|bench)/' },
      to: { path: '^packages/[^/]+/(src|generated)/', pathNot: '^packages/$1/' },
    },
    {
      name: 'client-without-local-cluster',
      comment: 'The client itself starts no processes; local clusters are an entry of their own beside it.',
      severity: 'error',
      from: { path: '^packages/client/src/', pathNot: [LOCAL_CLUSTER, TEST] },
      to: { path: LOCAL_CLUSTER },
    },
    {
      name: 'level-only-in-kv',
      comment: 'The ordered store is reached through packages/kv.',
      severity: 'error',
      from: { pathNot: '^packages/kv/' },
      to: { path: '(^|node_modules/)(level|classic-level|memory-level|abstract-level)(/|$)' },
    },
    {
      name: 'prometheus-only-in-metrics',
      comment: 'Counters are plain numbers; packages/metrics shows them.',
      severity: 'error',
      from: { pathNot: '^packages/metrics/' },
      to: { path: '(^|node_modules/)prom-client(/|$)' },
    },
    {
      name: 'metrics-only-in-wiring',
      comment: 'The core of a daemon counts; its wiring (src/daemon) says what is shown.',
      severity: 'error',
      from: { path: '^packages/(metaserver|chunkserver)/src/', pathNot: ['^packages/[a-z]+/src/daemon/', MAIN, TEST] },
      to: { path: '^(packages|@tessera)/metrics(/|$)' },
    },
    {
      name: 'process-only-in-main',
      comment: 'The core of a daemon knows no process: its main.ts alone hands it to packages/daemon.',
      severity: 'error',
      from: { path: '^packages/(metaserver|chunkserver)/src/', pathNot: [MAIN, TEST] },
      to: { path: '^(packages|@tessera)/daemon(/|$)' },
    },
    {
      name: 'outside-world-only-in-env',
      comment:
        'Time, network and disk enter through packages/env (its real implementation), so that a simulator can stand in.',
      severity: 'error',
      from: {
        path: CORE,
        pathNot: ['^packages/env/src/real/', END_TO_END, LOCAL_CLUSTER, MUTANTS, SEED_THREADS, CHAOS, MAIN, TEST],
      },
      to: {
        dependencyTypes: ['core'],
        path: '^(node:)?(fs|net|tls|http|https|http2|dgram|dns|timers|child_process|worker_threads|cluster|perf_hooks|process|os|readline|repl|inspector)(/|$)',
      },
    },
    {
      name: 'grpc-only-in-transport',
      comment: 'gRPC is one transport behind the Network interface.',
      severity: 'error',
      from: { pathNot: '^packages/env/src/real/' },
      to: { path: '(^|node_modules/)@grpc/' },
    },
    {
      name: 'real-env-only-inside',
      comment: 'Inside packages/env, interfaces and the simulated world do not reach into the real implementation.',
      severity: 'error',
      from: { path: '^packages/env/src/', pathNot: ['^packages/env/src/(real/|index\\.ts$)', TEST] },
      to: { path: '^packages/env/src/real/' },
    },
    {
      name: 'tests-are-not-imported',
      comment: 'What tests share lives in a file of its own.',
      severity: 'error',
      from: {},
      to: { path: TEST },
    },
    {
      name: 'no-cycles',
      comment: 'If two files need each other, the cut between them is wrong.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'declared-dependencies-only',
      comment: 'A package lists what it imports in its own package.json.',
      severity: 'error',
      from: { path: '^(packages|bench)/', pathNot: TEST },
      to: { couldNotResolve: false, dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'] },
    },
    {
      name: 'resolvable',
      comment: 'The import leads nowhere; other packages are found once they are built (npm run build).',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', '/dist/', '/generated/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'default'] },
    combinedDependencies: false,
  },
};
