import type { OperationOptions } from '@tessera/client';
import type { Draw } from '../draw.js';
import type { WorkloadPlan } from '../plan.js';
import type { Actor } from './actor.js';

/** Few names, so that operations meet each other; some are meant for directories, but nothing depends on it. */
export const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 's', 't'];
export const DIRECTORY_NAMES = ['s', 't'];

/** One operation to come: who does it and what chance says of it. */
export class Turn {
  readonly actor: Actor;
  readonly draw: Draw;
  readonly plan: WorkloadPlan;

  constructor(actor: Actor, draw: Draw, plan: WorkloadPlan) {
    this.actor = actor;
    this.draw = draw;
    this.plan = plan;
  }

  /** A path that may or may not be taken. */
  path(): string {
    const { draw } = this;
    const directory = draw.chance(0.4) ? this.directoryPath() : '';
    const name = draw.of(NAMES);
    return directory === '' ? name : `${directory}/${name}`;
  }

  /** Mostly the path of a file that is there. */
  filePath(): string {
    return this.#existing('file') ?? this.path();
  }

  /** Mostly the path of a directory that is there, the territory itself included. */
  directoryPath(): string {
    return this.#existing('directory') ?? this.draw.of(['', this.draw.of(DIRECTORY_NAMES)]);
  }

  /** The length of a file: empty, in the inode, one segment or several. */
  fileBytes(): number {
    const { draw, actor, plan } = this;
    switch (draw.weighted({ empty: 1, inline: 3, segment: 4, segments: 4 })) {
      case 'empty':
        return 0;
      case 'inline':
        return 1 + draw.below(4_096);
      case 'segment':
        return 1 + draw.below(Math.min(plan.fileBytesMax, actor.territory.directory.segmentBytes));
      case 'segments':
        return 1 + draw.below(plan.fileBytesMax);
    }
  }

  /** Mostly patient; some give up while servers are away, and leave it open what happened. */
  options(): OperationOptions {
    const { draw } = this;
    return { deadlineMs: draw.chance(0.85) ? 120_000 : 200 + draw.below(6_000) };
  }

  #existing(kind: 'file' | 'directory'): string | undefined {
    const { draw, actor } = this;
    if (draw.chance(0.15)) return undefined;
    const paths = [...actor.territory.worlds.someTree().nodes()]
      .filter(([, node]) => node.kind === kind)
      .map(([path]) => path);
    return paths.length > 0 ? draw.of(paths.sort()) : undefined;
  }
}
