/** A call to the metaserver that takes longer has failed. */
export const CALL_MS_MAX = 5_000;
/** Waits between attempts to reach the metaserver: doubled from the least to the most, each shortened by up to half at random. */
export const RETRY_MS_MIN = 100;
export const RETRY_MS_MAX = 5_000;
/** What a metaserver may ask for as the time between heartbeats. */
export const HEARTBEAT_MS_MIN = 10;
export const HEARTBEAT_MS_MAX = 60_000;
/** The metaserver keeps this much of a disk's message. */
export const DISK_MESSAGE_CHARACTERS_MAX = 500;
