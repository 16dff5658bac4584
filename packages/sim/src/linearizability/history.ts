/**
 * One operation of a history: asked for at `from`, answered at `to`. Without an answer `to` is infinite, and it may have
 * happened at any time after `from`, or never.
 */
export interface Event<Action, Answer> {
  readonly client: string;
  readonly action: Action;
  readonly from: number;
  readonly to: number;
  /** Undefined without an answer. */
  readonly answer: Answer | undefined;
}

/** An object that clients share, as it is when they come one after the other. States are compared by their keys. */
export interface SequentialModel<State, Action, Answer> {
  readonly initial: State;
  /** The state after an action that is answered so; undefined when it cannot be answered so. Without an answer: any. */
  step(state: State, action: Action, answer: Answer | undefined): State | undefined;
  keyOf(state: State): string;
}
