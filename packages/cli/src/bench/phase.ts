import { inParallel } from '@tessera/client';

/** What one part of a bench came to. */
export interface PhaseResult {
  phase: string;
  files: number;
  /** Of content that was moved. */
  bytes: number;
  elapsedMs: number;
  filesPerSecond: number;
  /** Of single files; not where they come in bulk. */
  p50Ms?: number;
  p99Ms?: number;
}

/** Times each of `files` calls, so many at once. Answers when all have ended. @throws what a call throws first */
export async function timePhase(
  phase: string,
  { files, jobs, bytes }: { files: number; jobs: number; bytes: number },
  signal: AbortSignal,
  call: (index: number) => Promise<void>,
): Promise<PhaseResult> {
  const latenciesMs = new Float64Array(files);
  const startedMs = performance.now();
  const timed = async (index: number) => {
    const fromMs = performance.now();
    await call(index);
    latenciesMs[index] = performance.now() - fromMs;
  };
  for await (const _ of inParallel(latenciesMs.keys(), { itemsMax: jobs }, timed)) signal.throwIfAborted();
  const result = phaseResult(phase, files, files * bytes, performance.now() - startedMs);
  latenciesMs.sort();
  return { ...result, p50Ms: quantile(latenciesMs, 0.5), p99Ms: quantile(latenciesMs, 0.99) };
}

export function phaseResult(phase: string, files: number, bytes: number, elapsedMs: number): PhaseResult {
  return { phase, files, bytes, elapsedMs, filesPerSecond: elapsedMs > 0 ? (files / elapsedMs) * 1000 : 0 };
}

/** Of values in ascending order; the nearest rank. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}
