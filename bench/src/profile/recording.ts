import { type Profiler, Session } from 'node:inspector/promises';

/** Short enough that a phase of a second says something; costs a few per cent. */
const SAMPLING_INTERVAL_MICROS = 500;

const session = new Session();

/** Begins a CPU profile of this process. */
export async function beginProfile(): Promise<void> {
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLING_INTERVAL_MICROS });
  await session.post('Profiler.start');
}

export async function endProfile(): Promise<Profiler.Profile> {
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  return profile;
}
