import { partAt, type Runs, type Sequence, type Shape, type Strided } from './shape.js';

interface Frame {
  shape: Strided | Runs | Sequence;
  /** Which of its parts is being walked. */
  index: number;
  /** Where its base lies. */
  base: number;
}

/**
 * Walks over the runs of a shape in order, one step at a time, without making a list of them. Its memory is the depth
 * of the shape. It allocates nothing after the first walk down.
 */
export class ShapeCursor {
  /** Where the current run begins, or what a seek left of it. */
  offset = 0;
  length = 0;
  readonly #root: Shape;
  readonly #frames: Frame[] = [];
  #depth = 0;

  /** Stands on the first run. */
  constructor(shape: Shape) {
    this.#root = shape;
    this.seek(0);
  }

  /** Stands on byte `position` of the data, from 0 to below its size: the rest of that byte's run is the current one. */
  seek(position: number): void {
    this.#depth = 0;
    this.#descend(this.#root, 0, position);
  }

  /** Stands on the next run. False past the last. */
  next(): boolean {
    while (this.#depth > 0) {
      const frame = this.#frames[this.#depth - 1] as Frame;
      const { shape, base } = frame;
      const index = ++frame.index;
      if (shape.kind === 'strided') {
        if (index < shape.count) {
          this.#descend(shape.child, base + index * shape.stride, 0);
          return true;
        }
      } else if (index < shape.offsets.length) {
        const offset = base + (shape.offsets[index] as number);
        if (shape.kind === 'runs') {
          this.offset = offset;
          this.length = shape.lengths[index] as number;
        } else {
          this.#descend(shape.shapes[index] as Shape, offset, 0);
        }
        return true;
      }
      this.#depth--;
    }
    this.length = 0;
    return false;
  }

  #descend(root: Shape, at: number, position: number): void {
    let [shape, origin, left] = [root, at, position];
    while (shape.kind !== 'run') {
      const base = origin + shape.base;
      let index: number;
      if (shape.kind === 'strided') {
        index = Math.floor(left / shape.child.size);
        this.#push(shape, index, base);
        left -= index * shape.child.size;
        origin = base + index * shape.stride;
        shape = shape.child;
      } else {
        index = left === 0 ? 0 : partAt(shape.starts, left);
        this.#push(shape, index, base);
        left -= shape.starts[index] as number;
        origin = base + (shape.offsets[index] as number);
        if (shape.kind === 'runs') {
          this.offset = origin + left;
          this.length = (shape.lengths[index] as number) - left;
          return;
        }
        shape = shape.shapes[index] as Shape;
      }
    }
    this.offset = origin + shape.offset + left;
    this.length = shape.size - left;
  }

  #push(shape: Frame['shape'], index: number, base: number): void {
    const frame = this.#frames[this.#depth++];
    if (frame === undefined) this.#frames.push({ shape, index, base });
    else {
      frame.shape = shape;
      frame.index = index;
      frame.base = base;
    }
  }
}
