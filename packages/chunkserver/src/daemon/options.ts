import {
  address,
  byteSize,
  type Configuration,
  choice,
  directory,
  type Given,
  type Program,
  readConfiguration,
  type Settings,
  type Values,
} from '@tessera/config';
import { labels } from './labels.js';

function settings(hostname: string) {
  return {
    directory: {
      key: 'dir',
      variable: 'TESSERA_CHUNKSERVER_DIR',
      help: 'directory on its disk; made when missing',
      kind: directory,
      isRequired: true,
      sample: '/disks/1/tessera',
    },
    metaserver: {
      key: 'metaserver',
      variable: 'TESSERA_METASERVER',
      help: 'where the metaserver is',
      kind: address,
      isRequired: true,
      sample: '10.0.0.5:7070',
    },
    listen: {
      key: 'listen',
      variable: 'TESSERA_CHUNKSERVER_LISTEN',
      help: 'where clients connect; port 0 takes any free one',
      kind: address,
      fallback: '127.0.0.1:0',
      sample: '10.0.0.7:7101',
    },
    advertise: {
      key: 'advertise',
      variable: 'TESSERA_CHUNKSERVER_ADVERTISE',
      help: 'where clients reach it, if not where it listens',
      kind: address,
      otherwise: 'where it listens',
      sample: '10.0.0.7:7101',
    },
    labels: {
      key: 'labels',
      flag: 'label',
      variable: 'TESSERA_CHUNKSERVER_LABELS',
      help: 'failure domains (host, rack, site, region) and any others; the flag may be repeated',
      kind: labels(hostname),
      fallback: [{ key: 'host', value: hostname }],
      otherwise: "host=<this machine's name>",
      sample: [
        { key: 'host', value: 'storage-7' },
        { key: 'rack', value: 'r2' },
        { key: 'site', value: 'north' },
      ],
    },
    capacityBytes: {
      key: 'capacity-bytes',
      variable: 'TESSERA_CHUNKSERVER_CAPACITY_BYTES',
      help: 'how much it may use',
      kind: byteSize,
      otherwise: 'what the file system has',
      sample: 8 * 2 ** 40,
    },
    health: {
      key: 'health',
      variable: 'TESSERA_CHUNKSERVER_HEALTH',
      help: 'where GET /healthz and /readyz are answered over HTTP',
      kind: address,
      otherwise: 'nowhere',
      sample: '127.0.0.1:7201',
    },
    metricsListen: {
      key: 'metrics-listen',
      variable: 'TESSERA_CHUNKSERVER_METRICS_LISTEN',
      help: 'where GET /metrics is answered for Prometheus, beside /healthz and /readyz',
      kind: address,
      otherwise: 'nowhere',
      sample: '10.0.0.7:7301',
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
}

/** What the daemon was asked to do. */
export type DaemonOptions = Values<ReturnType<typeof settings>>;

const EPILOGUE = `
Examples:
  tessera-chunkserver --dir /data/disk1 --metaserver 10.0.0.5:7070 --listen 10.0.0.7:7100 --label rack=r2
  tessera-chunkserver --dir ./disk1 --metaserver 127.0.0.1:7070 --label host=host-1 --capacity-bytes 10GiB
  tessera-chunkserver --config /etc/tessera/chunkserver-1.toml --check-config
  TESSERA_CHUNKSERVER_LABELS=host=h7,rack=r2 tessera-chunkserver --dir ./disk1 --metaserver 10.0.0.5:7070

Exit codes: 0 stopped by SIGTERM or SIGINT, 1 failed (the log says why), 2 wrong flag, variable, key or value.`;

/** The label `host` is `hostname` unless given. */
export function program(hostname: string) {
  return {
    name: 'tessera-chunkserver',
    description: 'Keeps shards on one disk and serves them to clients.',
    settings: settings(hostname),
    configVariable: 'TESSERA_CHUNKSERVER_CONFIG',
    epilogue: EPILOGUE,
  } satisfies Program;
}

/** As `readConfiguration`. */
export function readOptions(hostname: string, given: Given): Configuration<ReturnType<typeof settings>> {
  return readConfiguration(program(hostname), given);
}
