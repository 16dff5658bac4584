/** An oracle found the system wrong. */
export class OracleViolation extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OracleViolation';
  }
}
