import type { LatencyHistogram } from '@tessera/env';

export type Labels = Readonly<Record<string, string>>;

/** One value of a counter or gauge. */
export interface Sample {
  readonly labels?: Labels;
  readonly value: number;
}

/** The latencies of one thing. */
export interface LatencySample {
  readonly labels?: Labels;
  readonly histogram: LatencyHistogram;
}

interface Described {
  readonly name: string;
  /** A sentence without a full stop. */
  readonly help: string;
  /** Names of its labels. */
  readonly labels?: readonly string[];
}

/** A metric and where its values are read, at each scrape and only then. */
export type Metric<Source> = Described &
  (
    | {
        readonly type: 'counter' | 'gauge';
        /** A number alone has no labels. */
        read(source: Source): number | Iterable<Sample>;
      }
    | { readonly type: 'histogram'; read(source: Source): Iterable<LatencySample> }
  );
