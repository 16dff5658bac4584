/*
 * Loaded into every process that a profiled benchmark starts (NODE_OPTIONS=--import): SIGUSR2 begins a CPU profile, the
 * next one ends it. PID.begun appears in TESSERA_BENCH_PROFILES once it runs, PID.cpuprofile once it is written.
 */

import { renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beginProfile, endProfile } from './recording.js';

const directory = process.env.TESSERA_BENCH_PROFILES;
if (directory !== undefined) {
  const begun = path.join(directory, `${process.pid}.begun`);
  const written = path.join(directory, `${process.pid}.cpuprofile`);
  let isRunning = false;
  process.on('SIGUSR2', async () => {
    if (isRunning) {
      writeFileSync(`${written}.new`, JSON.stringify(await endProfile()));
      renameSync(`${written}.new`, written);
      rmSync(begun);
    } else {
      await beginProfile();
      writeFileSync(begun, '');
    }
    isRunning = !isRunning;
  });
}
