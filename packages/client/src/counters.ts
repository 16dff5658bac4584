import type { ClientCounters } from './api.js';

/** What the parts of a client count; only they write here. */
export class Counters {
  stripesWritten = 0;
  segmentsWritten = 0;
  stripesAbandoned = 0;
  logicalBytesWritten = 0;
  physicalBytesWritten = 0;
  bytesRead = 0;
  degradedReads = 0;
  corruptShards = 0;
  hedges = 0;
  hedgedBytes = 0;
  retries = 0;
  metadataCalls = 0;
  metadataOperations = 0;

  snapshot(): ClientCounters {
    return {
      ...this,
      meanSegmentsPerStripe: this.stripesWritten === 0 ? 0 : this.segmentsWritten / this.stripesWritten,
    };
  }
}
