export type ErasureErrorCode =
  /** The request breaks the contract: the message names the argument, its value and what is allowed. */
  | 'INVALID_ARGUMENT'
  /** Fewer shards than the stripe has data shards: nothing can be computed from them. */
  | 'TOO_FEW_SHARDS';

export class ErasureError extends Error {
  readonly code: ErasureErrorCode;

  constructor(code: ErasureErrorCode, message: string) {
    super(message);
    this.name = 'ErasureError';
    this.code = code;
  }
}

export function invalidArgument(message: string): ErasureError {
  return new ErasureError('INVALID_ARGUMENT', message);
}
