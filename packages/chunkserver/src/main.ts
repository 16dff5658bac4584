/* The daemon `tessera-chunkserver`. */

import os from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runDaemon } from '@tessera/daemon';
import { startDaemon } from './daemon/daemon.js';
import { readOptions } from './daemon/options.js';

/**
 * Each 64 KiB read from a socket is memory outside of V8's heap, which V8 counts against the heap's limit. Beside a heap of
 * 10 MB it then marks everything again and again, at the cost of half of this process's CPU. Letting the heap
 * grow sevenfold between two markings leaves that garbage to the cheap collections of young objects.
 */
const HEAP_GROWING_PERCENT = 600;

setFlagsFromString(`--heap-growing-percent=${HEAP_GROWING_PERCENT}`);
runDaemon({ role: 'chunkserver', readOptions: (given) => readOptions(os.hostname(), given), start: startDaemon });
