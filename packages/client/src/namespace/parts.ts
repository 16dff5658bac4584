import type { OperationSink } from '../metadata/batcher.js';
import type { Scopes } from '../scope.js';

/** What calls on the namespace work with. */
export interface NamespaceParts {
  readonly scopes: Scopes;
  readonly batcher: OperationSink;
}
