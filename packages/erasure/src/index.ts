export type { ErasureCodec } from './codec.js';
export { type CodecOptions, createCodec } from './create-codec.js';
export { ErasureError, type ErasureErrorCode } from './error.js';
export { dataShardsMax, parityShardsMax } from './limits.js';
export type { ByteRange, ReconstructRequest } from './request.js';
