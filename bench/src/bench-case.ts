import type { Profiler } from './profile/profiler.js';
import type { BenchResult } from './result.js';
import type { Stage } from './stage.js';

/** One benchmark: a family of variants that share what they set up. */
export interface BenchCase {
  name: string;
  summary: string;
  /** What `--only` chooses among; each begins with the case's name. */
  variants: readonly string[];
  /** False: runs only when it is asked for by name. */
  isDefault: boolean;
  run(context: BenchContext): Promise<BenchResult[]>;
}

export interface BenchContext {
  /** How often each figure is taken before the median. */
  repetitions: number;
  /** A quick look: fewer files, a shorter warm-up. Its figures are not for comparing. */
  isQuick: boolean;
  /** The variants asked for, never empty. */
  variants: readonly string[];
  /** Where clusters may put their data. */
  directory: string;
  /** For processes that a case starts itself. */
  profiler: Profiler;
  /** A warm cluster beside a warm ceiling, shared with the cases before as long as there is space. */
  stage(): Promise<Stage>;
  /** A fresh one that nothing has warmed. */
  coldStage(): Promise<Stage>;
  /** The next `stage` is a fresh one: this case has damaged or stopped the present one. */
  retireStage(): Promise<void>;
  /** What is to be done when the run is interrupted; the answer takes it back. */
  onStop(stop: () => Promise<void>): () => void;
  progress(message: string): void;
  /** A figure that cannot be taken here, and why; counted at the end of the run. */
  leaveOut(name: string, reason: string): void;
}
