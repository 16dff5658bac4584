/** Largest request or reply of a unary call; more is refused with RESOURCE_EXHAUSTED. */
export const CALL_MESSAGE_BYTES_MAX = 64 * 1024 * 1024;

/** What all calls that one server has under way hold, from a request's first byte to a reply's last. */
export const CALL_BYTES_IN_FLIGHT_MAX = 256 * 1024 * 1024;

/** How long a request may take to come, and a reply to be taken. */
export const CALL_TRANSFER_MS_MAX = 30_000;

/** Largest error detail a failed call carries: it travels in trailing headers, which peers bound. */
export const CALL_DETAIL_BYTES_MAX = 8 * 1024;

/** Longest error text a failed call carries, in UTF-16 units; the rest is cut off. */
export const CALL_ERROR_TEXT_MAX = 2_048;

/** A connection with more than this queued asks its writer to stop until it has drained. */
export const CONNECTION_QUEUED_BYTES_MARK = 4 * 1024 * 1024;

/** Open connections one listener accepts; it closes further ones at once. */
export const LISTENER_CONNECTIONS_MAX = 16_384;
