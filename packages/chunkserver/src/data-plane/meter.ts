import { LatencyHistogram, OutcomeCounter } from '@tessera/env';
import { FrameKind } from '@tessera/protocol';

const KIND_NAMES: Readonly<Record<number, string>> = {
  [FrameKind.WRITE]: 'write',
  [FrameKind.READ]: 'read',
  [FrameKind.DESCRIBE]: 'describe',
  [FrameKind.DELETE]: 'delete',
};

/** What the data plane did so far, as plain numbers. */
export class DataPlaneMeter {
  receivedBytes = 0;
  sentBytes = 0;
  readonly requests = new OutcomeCounter();
  /** Of requests, answered well or not, by kind. */
  readonly latencies: ReadonlyMap<string, LatencyHistogram> = new Map(
    Object.values(KIND_NAMES).map((name) => [name, new LatencyHistogram()]),
  );

  /** @param code of the error; undefined: it went well */
  answered(kind: number, code: string | undefined, ms: number): void {
    const name = KIND_NAMES[kind] ?? 'unknown';
    this.requests.count(name, code);
    this.latencies.get(name)?.observe(ms);
  }
}
