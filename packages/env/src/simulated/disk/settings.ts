/** How a simulated disk behaves; all of it may be changed while it runs. */
export interface DiskSettings {
  capacityBytes: number;
  /** A write or a read of names takes between these. */
  operationMsMin: number;
  operationMsMax: number;
  /** A read of bytes takes between these. */
  readMsMin: number;
  readMsMax: number;
  /** A sync takes between these. */
  syncMsMin: number;
  syncMsMax: number;
  /** Multiplies every delay: a slow disk. */
  slowFactor: number;
  /** Sectors that a power loss took from the end of a file may read as junk instead of zeros. */
  junkAfterPowerLoss: boolean;
}

export const DISK_DEFAULTS: Readonly<DiskSettings> = {
  capacityBytes: 64 * 1024 ** 3,
  operationMsMin: 0.02,
  operationMsMax: 0.2,
  readMsMin: 0.05,
  readMsMax: 1,
  syncMsMin: 0.3,
  syncMsMax: 3,
  slowFactor: 1,
  junkAfterPowerLoss: false,
};
