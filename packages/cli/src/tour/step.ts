/** One line of the tour's table. */
export interface Step {
  title: string;
  files: number;
  bytes: number;
  elapsedMs: number;
  /** In a few words. */
  result: string;
  /** Files that differ or could not be stored or read, each with why. */
  failures: string[];
}
