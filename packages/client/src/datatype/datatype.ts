import { exact, refuse } from './arguments.js';
import type { Bounds } from './bounds.js';
import type { Shape } from './shape.js';

/**
 * Which bytes of a file or of memory take part in a transfer, and in which order: an immutable value, made by the
 * builders of this module. All numbers are bytes, relative to where the datatype is placed; they may be below 0.
 */
export class Datatype {
  /** Bytes of data. */
  readonly size: number;
  /** Where it begins when copies of it lie side by side. */
  readonly lowerBound: number;
  /** Where it ends then. */
  readonly upperBound: number;
  /** From one copy to the next: `upperBound − lowerBound`. */
  readonly extent: number;
  /** Its lowest byte, whatever `resized` says; 0 when it has no bytes. */
  readonly trueLowerBound: number;
  /** The byte after its highest; 0 likewise. */
  readonly trueUpperBound: number;
  /** `trueUpperBound − trueLowerBound`. */
  readonly trueExtent: number;
  /** The bytes; undefined when there are none. For this module. @internal */
  readonly shape: Shape | undefined;
  /** Undefined without bytes and markers. For this module. @internal */
  readonly bounds: Bounds | undefined;

  /** For this module: applications use the builders. @internal */
  constructor(what: string, shape: Shape | undefined, bounds: Bounds | undefined) {
    this.size = shape?.size ?? 0;
    this.lowerBound = bounds?.lower ?? 0;
    this.upperBound = bounds?.upper ?? 0;
    this.extent = exact(what, this.upperBound - this.lowerBound);
    this.trueLowerBound = shape?.low ?? 0;
    this.trueUpperBound = shape?.high ?? 0;
    this.trueExtent = exact(what, this.trueUpperBound - this.trueLowerBound);
    this.shape = shape;
    this.bounds = bounds;
    Object.freeze(this);
  }
}

export function checkDatatype(what: string, name: string, value: Datatype): void {
  if (!(value instanceof Datatype)) refuse(what, `${name} is no datatype; make one with bytes, vector, subarray, …`);
}
