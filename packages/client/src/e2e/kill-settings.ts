import { randomInt } from 'node:crypto';

/** How often the kill rounds kill, and what draws their moments. */
export interface KillSettings {
  metaserverRounds: number;
  everythingRounds: number;
  seed: number;
}

/** Few enough for every test run; `npm run kill-rounds` does 20 of each. */
const METASERVER_ROUNDS = 3;
const EVERYTHING_ROUNDS = 2;

/** From TESSERA_KILL_ROUNDS, the rounds of each kind, and TESSERA_KILL_SEED. @throws Error for what is no whole number */
export function killSettings(environment: NodeJS.ProcessEnv): KillSettings {
  const rounds = wholeNumber(environment, 'TESSERA_KILL_ROUNDS');
  return {
    metaserverRounds: rounds ?? METASERVER_ROUNDS,
    everythingRounds: rounds ?? EVERYTHING_ROUNDS,
    seed: wholeNumber(environment, 'TESSERA_KILL_SEED') ?? randomInt(2 ** 31),
  };
}

function wholeNumber(environment: NodeJS.ProcessEnv, name: string): number | undefined {
  const text = environment[name];
  if (text === undefined || text === '') return undefined;
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text);
  throw new Error(`${name} is "${text}"; a whole number above 0 is expected`);
}
