/** What a LevelDB store may use. */
export interface LevelOptions {
  /** Memory for uncompressed blocks that were read. */
  cacheBytes?: number;
  /** Writes gather in memory, and in a log that an opening replays, up to this; twice that while they are sorted in. */
  writeBufferBytes?: number;
  /** Compress blocks with Snappy. */
  compression?: boolean;
  openFilesMax?: number;
}

export const LEVEL_DEFAULTS: Readonly<Required<LevelOptions>> = {
  cacheBytes: 32 * 1024 * 1024,
  writeBufferBytes: 16 * 1024 * 1024,
  compression: true,
  openFilesMax: 512,
};

/** One read-ahead of a scan gathers no more than this, whatever its page size. */
export const SCAN_PAGE_BYTES_MAX = 1024 * 1024;
