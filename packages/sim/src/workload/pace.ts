/** More turns than most shifts have. */
const TURNS = 20;
/** However long a shift lasts, the next turn, or its end, comes within this. */
const GAP_MS_MAX = 60_000;

/**
 * The longest rest after a turn of this index in a shift, for what goes on as long as others work. One of them may stand
 * still for an hour: what happens meanwhile becomes rarer, or little else would happen in the whole run.
 */
export function gapAfterMs(turn: number, usualMs: number): number {
  return Math.min(GAP_MS_MAX, usualMs * 2 ** Math.floor(turn / TURNS));
}
