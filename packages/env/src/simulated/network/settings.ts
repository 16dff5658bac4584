import { CONNECTION_QUEUED_BYTES_MARK } from '../../limits.js';

/** How the simulated network behaves; all of it may be changed while it runs. Chances are 0 to 1. */
export interface NetworkSettings {
  /** What travels between two hosts takes between these … */
  delayMsMin: number;
  delayMsMax: number;
  /** … and now and then up to this much more, which lets later calls and other connections overtake it. */
  stragglerChance: number;
  stragglerDelayMsMax: number;
  /** A call's request or its reply is lost. Inside a connection a loss only costs time. */
  lossChance: number;
  /** A call's request arrives twice, so that its handler runs twice. */
  duplicateChance: number;
  /** A connection breaks at one of its segments. */
  breakChance: number;
  /** A connection that has had data waiting this long behind a partition breaks. */
  stalledMsMax: number;
  bytesPerMs: number;
  /** Bytes of one direction of a connection that the system holds; more stays queued at the writer. */
  windowBytes: number;
  queuedBytesMark: number;
}

export const NETWORK_DEFAULTS: Readonly<NetworkSettings> = {
  delayMsMin: 0.1,
  delayMsMax: 1,
  stragglerChance: 0.01,
  stragglerDelayMsMax: 20,
  lossChance: 0,
  duplicateChance: 0,
  breakChance: 0,
  stalledMsMax: 15_000,
  bytesPerMs: 1_000_000,
  windowBytes: 1024 * 1024,
  queuedBytesMark: CONNECTION_QUEUED_BYTES_MARK,
};
