import { address, choice, directory, type Settings } from '@tessera/config';

/** What a person may set for all runs of the tessera command. */
export const DEFAULT_SETTINGS = {
  metaserver: {
    key: 'metaserver',
    variable: 'TESSERA_METASERVER',
    help: 'the cluster to talk to',
    kind: address,
    otherwise: 'the local cluster',
    sample: '10.0.0.5:7070',
  },
  dir: {
    key: 'dir',
    variable: 'TESSERA_DIR',
    help: 'the local cluster',
    kind: directory,
    otherwise: 'the nearest .tessera/',
    sample: '/home/you/tessera/.tessera',
  },
  codec: {
    key: 'codec',
    variable: 'TESSERA_CODEC',
    help: 'erasure-code backend',
    kind: choice(['auto', 'simd', 'library']),
    fallback: 'auto',
    sample: 'auto',
  },
} as const satisfies Settings;

/** Whose file it is, for its example. */
export const DEFAULTS_USE =
  'Defaults of the tessera command, in ~/.config/tessera/config.toml or a file given with --config or TESSERA_CONFIG; ' +
  "'tessera config' prints what is in force.";
