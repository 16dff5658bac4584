import { LatencyHistogram } from '@tessera/env';

/** How long operations took to be answered, by the name of their request. */
export class OperationLatencies {
  readonly histograms = new Map<string, LatencyHistogram>();

  observe(kind: string, ms: number): void {
    let histogram = this.histograms.get(kind);
    if (histogram === undefined) {
      histogram = new LatencyHistogram();
      this.histograms.set(kind, histogram);
    }
    histogram.observe(ms);
  }
}
