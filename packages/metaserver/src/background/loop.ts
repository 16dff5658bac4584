import type { Clock, Timer } from '@tessera/env';

export interface Loop {
  /** No step starts afterwards; resolves when the one under way has ended. */
  stop(): Promise<void>;
}

/**
 * Runs `step` again and again, `intervalMs` after the end of the one before. A step that fails is reported and the next
 * one comes as usual.
 */
export function startLoop(
  clock: Clock,
  intervalMs: number,
  step: () => Promise<void>,
  onError: (error: unknown) => void,
): Loop {
  let stopped = false;
  let timer: Timer | undefined;
  let running: Promise<void> = Promise.resolve();
  const run = async () => {
    try {
      await step();
    } catch (error) {
      onError(error);
    }
    arm();
  };
  const arm = () => {
    if (stopped) return;
    timer = clock.schedule(intervalMs, () => {
      running = run();
    });
  };
  arm();
  return {
    async stop() {
      stopped = true;
      timer?.cancel();
      await running;
    },
  };
}
