import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Connection } from '@tessera/env';
import { Outbox } from './outbox.js';

/** A connection that sends when it is told to. */
class SlowConnection implements Connection {
  readonly remote = 'test:1';
  readonly writes: number[] = [];
  queuedBytes = 0;
  isOpen = true;
  write(chunks: readonly Uint8Array[]): boolean {
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    this.writes.push(bytes);
    this.queuedBytes += bytes;
    return this.queuedBytes < 1000;
  }
  pause(): void {}
  resume(): void {}
  end(): void {}
  destroy(): void {}
}

describe('the outbox', () => {
  it('sends the replies of one turn together and lets buffers go only when their last byte has left', async () => {
    const connection = new SlowConnection();
    const backlog: boolean[] = [];
    const sent: string[] = [];
    let pending = 0;
    const outbox = new Outbox(
      connection,
      (isLong) => backlog.push(isLong),
      () => pending++,
    );
    outbox.send([new Uint8Array(10), new Uint8Array(90)], () => sent.push('first'));
    outbox.send([new Uint8Array(5)]);
    outbox.send([new Uint8Array(100)], () => sent.push('second'));
    assert.deepEqual(connection.writes, []);
    await undefined;
    await undefined;
    assert.deepEqual(connection.writes, [205]);
    assert.deepEqual(sent, []);
    assert.equal(pending, 1, 'somebody must look again');
    connection.queuedBytes = 106;
    outbox.reclaim();
    assert.deepEqual(sent, []);
    connection.queuedBytes = 105;
    outbox.reclaim();
    assert.deepEqual(sent, ['first']);
    connection.queuedBytes = 1;
    outbox.reclaim();
    assert.deepEqual(sent, ['first']);
    assert.equal(outbox.isPending, true);
    connection.queuedBytes = 0;
    outbox.reclaim();
    assert.deepEqual(sent, ['first', 'second']);
    assert.equal(outbox.isPending, false);
    assert.deepEqual(backlog, []);
  });

  it('tells of a backlog, and of its end', async () => {
    const connection = new SlowConnection();
    const backlog: boolean[] = [];
    const outbox = new Outbox(
      connection,
      (isLong) => backlog.push(isLong),
      () => {},
    );
    outbox.send([new Uint8Array(2000)]);
    outbox.flush();
    assert.deepEqual(backlog, [true]);
    connection.queuedBytes = 0;
    outbox.drained();
    assert.deepEqual(backlog, [true, false]);
  });

  it('lets go at once what the system has taken at once', () => {
    const connection = new SlowConnection();
    connection.write = () => true;
    const sent: string[] = [];
    const outbox = new Outbox(
      connection,
      () => {},
      () => assert.fail('nobody needs to look again'),
    );
    outbox.send([new Uint8Array(10)], () => sent.push('small'));
    outbox.flush();
    assert.deepEqual(sent, ['small']);
  });

  it('lets everything go when the connection is gone', () => {
    const connection = new SlowConnection();
    const sent: string[] = [];
    const outbox = new Outbox(
      connection,
      () => {},
      () => {},
    );
    outbox.send([new Uint8Array(10)], () => sent.push('written'));
    outbox.flush();
    outbox.send([new Uint8Array(10)], () => sent.push('collected'));
    outbox.drop();
    assert.deepEqual(sent, ['written', 'collected']);
  });
});
