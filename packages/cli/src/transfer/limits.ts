export const FILES_IN_FLIGHT_DEFAULT = 16;
export const FILES_IN_FLIGHT_MAX = 256;
