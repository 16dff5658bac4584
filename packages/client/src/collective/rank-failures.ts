import { TesseraError } from '@tessera/protocol';

/** What one rank had to do with a failure. */
export interface RankFailure {
  /** Its number in the group. */
  readonly rank: number;
  /** Why it could not go on, or why the others do without it. */
  readonly error: TesseraError;
}

/**
 * What a failed collective write left of the part of the file that one rank wrote for all: nothing, all of it, some
 * whole commits of it; or nobody here knows.
 */
export interface DomainOutcome {
  /** Who wrote it for all. */
  readonly rank: number;
  /** Its first byte in the file. */
  readonly from: number;
  /** The byte after its last. */
  readonly to: number;
  /** What readers see of it; `part`: some whole commits, `unknown`: the rank that would know is gone. */
  readonly committed: 'none' | 'part' | 'all' | 'unknown';
}

/** The cause of a collective call's error: which ranks failed, how, and what was committed nevertheless. */
export class RankFailures extends Error {
  /** By rank; at least one. */
  readonly failures: readonly RankFailure[];
  /** Of a write that had begun; else empty. */
  readonly domains: readonly DomainOutcome[];

  constructor(failures: readonly RankFailure[], domains: readonly DomainOutcome[] = []) {
    super(failures.map(({ rank, error }) => `rank ${rank}: ${error.message}`).join('; '));
    this.name = 'RankFailures';
    this.failures = failures;
    this.domains = domains;
  }
}

/** The error of a call in which ranks failed: the code is that of the first. */
export function rankError(failures: readonly RankFailure[], domains: readonly DomainOutcome[] = []): TesseraError {
  const cause = new RankFailures(failures, domains);
  const left = domains.filter(({ committed }) => committed !== 'none').map(describeDomain);
  const committed = left.length === 0 ? '' : `; of the file, ${left.join(', ')}`;
  return new TesseraError(failures[0]?.error.code ?? 'INTERNAL', `${cause.message}${committed}`, { cause });
}

/** Which ranks failed, and what of a write was committed, when a collective call ended with this error. */
export function rankFailures(error: unknown): RankFailures | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof RankFailures) return cause;
  }
  return undefined;
}

function describeDomain({ from, to, committed }: DomainOutcome): string {
  const words = {
    none: 'was not committed',
    part: 'was committed in part',
    all: 'was committed',
    unknown: 'may be committed',
  };
  return `[${from}, ${to}) ${words[committed]}`;
}
