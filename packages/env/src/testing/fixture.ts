/** An implementation under a contract suite. */
export interface Fixture<T> {
  readonly subject: T;
  /** Waits for `body` while time passes by whatever way it passes for the subject. */
  drive<R>(body: Promise<R>): Promise<R>;
  close(): Promise<void>;
}

export type OpenFixture<T> = () => Promise<Fixture<T>>;

/** Makes a test of a body that uses a fixture: opens it, drives the body, closes it whatever happens. */
export function within<T>(open: OpenFixture<T>, body: (subject: T) => Promise<void>): () => Promise<void> {
  return async () => {
    const fixture = await open();
    try {
      await fixture.drive(body(fixture.subject));
    } finally {
      await fixture.close();
    }
  };
}
