import { Worlds } from '../model/worlds.js';
import type { DirectoryPlan } from '../plan.js';

/** A directory that one lane has to itself, and what may stand in it. */
export class Territory {
  /** Absolute path. */
  readonly root: string;
  readonly directory: DirectoryPlan;
  readonly worlds = new Worlds();

  constructor(root: string, directory: DirectoryPlan) {
    this.root = root;
    this.directory = directory;
  }

  /** The absolute path of what the model calls `path`. */
  absolute(path: string): string {
    return path === '' ? this.root : `${this.root}/${path}`;
  }
}
