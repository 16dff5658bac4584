/* The daemon `tessera-metaserver`. */

import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runDaemon } from '@tessera/daemon';
import { startDaemon } from './daemon/daemon.js';
import { HEAP_LOOK_MS, heapGrowingPercent } from './daemon/heap-growth.js';
import { readOptions } from './daemon/options.js';

boundHeap();
runDaemon({ role: 'metaserver', readOptions, start: startDaemon });

/** V8 reads the flag whenever it has marked the heap. */
function boundHeap(): void {
  let set = 0;
  const look = () => {
    const percent = heapGrowingPercent(getHeapStatistics().used_heap_size);
    if (percent !== set) setFlagsFromString(`--heap-growing-percent=${percent}`);
    set = percent;
  };
  look();
  setInterval(look, HEAP_LOOK_MS).unref();
}
