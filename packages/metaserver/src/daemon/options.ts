import {
  address,
  type Configuration,
  choice,
  directory,
  type Given,
  type Program,
  readConfiguration,
  type Settings,
  type Values,
  wholeNumber,
} from '@tessera/config';
import { WITNESS_GRACE_MS } from '../service/opening.js';

const WITNESS_GRACE_MS_MAX = 999_999_999;

const SETTINGS = {
  directory: {
    key: 'dir',
    variable: 'TESSERA_METASERVER_DIR',
    help: 'directory of journal and store; made when missing',
    kind: directory,
    isRequired: true,
    sample: '/var/lib/tessera/metaserver',
  },
  listen: {
    key: 'listen',
    variable: 'TESSERA_METASERVER_LISTEN',
    help: 'where clients and chunkservers call; port 0 takes any free one',
    kind: address,
    fallback: '127.0.0.1:7070',
    sample: '10.0.0.5:7070',
  },
  health: {
    key: 'health',
    variable: 'TESSERA_METASERVER_HEALTH',
    help: 'where GET /healthz and /readyz are answered over HTTP',
    kind: address,
    otherwise: 'nowhere',
    sample: '127.0.0.1:7071',
  },
  metricsListen: {
    key: 'metrics-listen',
    variable: 'TESSERA_METASERVER_METRICS_LISTEN',
    help: 'where GET /metrics is answered for Prometheus, beside /healthz and /readyz',
    kind: address,
    otherwise: 'nowhere',
    sample: '10.0.0.5:7072',
  },
  witnessGraceMs: {
    key: 'witness-grace-ms',
    variable: 'TESSERA_METASERVER_WITNESS_GRACE_MS',
    help: 'after a crash: how long to ask chunkservers what they know of the journal before serving without them',
    kind: wholeNumber('milliseconds', 1, WITNESS_GRACE_MS_MAX),
    fallback: WITNESS_GRACE_MS,
    sample: WITNESS_GRACE_MS,
  },
  logLevel: {
    key: 'log-level',
    variable: 'TESSERA_LOG_LEVEL',
    help: 'least important log lines that are written',
    kind: choice(['debug', 'info', 'warn', 'error']),
    fallback: 'info',
    sample: 'info',
  },
} as const satisfies Settings;

/** What the daemon was asked to do. */
export type DaemonOptions = Values<typeof SETTINGS>;

const EPILOGUE = `
Examples:
  tessera-metaserver --dir /var/lib/tessera/metaserver
  tessera-metaserver --dir ./meta --listen 10.0.0.5:7070 --health 127.0.0.1:7071
  tessera-metaserver --config /etc/tessera/metaserver.toml --check-config
  TESSERA_METASERVER_DIR=./meta TESSERA_LOG_LEVEL=debug tessera-metaserver

Exit codes: 0 stopped by SIGTERM or SIGINT, 1 failed (the log says why), 2 wrong flag, variable, key or value.`;

export const PROGRAM = {
  name: 'tessera-metaserver',
  description: 'Keeps the namespace of a Tessera cluster and where its data lies.',
  settings: SETTINGS,
  configVariable: 'TESSERA_METASERVER_CONFIG',
  epilogue: EPILOGUE,
} satisfies Program;

/** As `readConfiguration`. */
export function readOptions(given: Given): Configuration<typeof SETTINGS> {
  return readConfiguration(PROGRAM, given);
}
