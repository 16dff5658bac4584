import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { encodeFrameHead, type Frame, FrameDecoder, FrameError, FrameKind } from './frame.js';
import { FRAME_BODY_BYTES_MAX, FRAME_HEADER_BYTES_MAX, FRAME_PREFIX_BYTES } from './limits.js';

const decoder = () => new FrameDecoder({ allocate: (bytes) => new Uint8Array(bytes) });

function wholeFrame(frame: Omit<Frame, 'flags'> & { flags?: number }): Uint8Array {
  const head = encodeFrameHead(frame.kind, frame.flags ?? 0, frame.requestId, frame.header, frame.body.length);
  return Buffer.concat([head, frame.body]);
}

const anyFrame = fc.record({
  kind: fc.integer({ min: 0, max: 255 }),
  flags: fc.integer({ min: 0, max: 0xffff }),
  requestId: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  header: fc.uint8Array({ maxLength: 200 }),
  body: fc.uint8Array({ maxLength: 500 }),
});

describe('frames', () => {
  it('come out as they went in, however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(anyFrame, { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 97 }), { minLength: 1 }),
        (frames, cuts) => {
          const stream = Buffer.concat(frames.map(wholeFrame));
          const received: Frame[] = [];
          const target = decoder();
          for (let offset = 0, turn = 0; offset < stream.length; turn++) {
            const count = cuts[turn % cuts.length] as number;
            target.push(stream.subarray(offset, offset + count), (frame) => received.push(frame));
            offset += count;
          }
          assert.deepEqual(
            received.map((frame) => ({ ...frame, header: [...frame.header], body: [...frame.body] })),
            frames.map((frame) => ({ ...frame, header: [...frame.header], body: [...frame.body] })),
          );
        },
      ),
    );
  });

  it('tell whether one has begun and not ended', () => {
    const stream = wholeFrame({
      kind: FrameKind.READ,
      requestId: 1,
      header: Uint8Array.of(1, 2),
      body: new Uint8Array(5),
    });
    const target = decoder();
    assert.equal(target.isMidFrame, false);
    for (let at = 0; at < stream.length; at++) {
      target.push(stream.subarray(at, at + 1), () => {});
      assert.equal(target.isMidFrame, at < stream.length - 1, `after byte ${at}`);
    }
  });

  it('are refused for any flipped bit in prefix or header', () => {
    const stream = wholeFrame({
      kind: FrameKind.READ,
      requestId: 7,
      header: Uint8Array.of(1, 2, 3),
      body: new Uint8Array(9),
    });
    for (let bit = 0; bit < (FRAME_PREFIX_BYTES + 3) * 8; bit++) {
      const bad = Uint8Array.from(stream);
      bad[bit >> 3] = (bad[bit >> 3] as number) ^ (1 << (bit & 7));
      const received: Frame[] = [];
      let refused = false;
      try {
        decoder().push(bad, (frame) => received.push(frame));
      } catch (error) {
        assert.ok(error instanceof FrameError);
        refused = true;
      }
      assert.equal(received.length, 0, `bit ${bit}`);
      // A flip in the lengths may leave the decoder waiting for more; it must then never have asked for a body.
      assert.ok(refused || (bit >= 12 * 8 && bit < 20 * 8), `bit ${bit} went unnoticed`);
    }
  });

  it('do not make the decoder allocate on a stranger’s word', () => {
    let allocated = 0;
    const target = new FrameDecoder({
      allocate: (bytes) => {
        allocated += bytes;
        return new Uint8Array(bytes);
      },
    });
    const head = encodeFrameHead(FrameKind.WRITE, 0, 1, Uint8Array.of(9), FRAME_BODY_BYTES_MAX);
    head[FRAME_PREFIX_BYTES] = 8;
    assert.throws(() => target.push(head, () => {}), FrameError);
    assert.equal(allocated, 0);
  });

  it('ask whoever reads them for the memory of each header, and stop where that is refused', () => {
    const asked: number[] = [];
    const target = new FrameDecoder({
      allocate: (bytes) => new Uint8Array(bytes),
      allocateHeader: (bytes) => {
        asked.push(bytes);
        if (bytes > 100) throw new FrameError('too much');
        return new Uint8Array(bytes);
      },
    });
    const frame = (headerBytes: number) => encodeFrameHead(FrameKind.READ, 0, 1, new Uint8Array(headerBytes), 0);
    const received: Frame[] = [];
    target.push(Buffer.concat([frame(0), frame(100)]), (one) => received.push(one));
    assert.throws(() => target.push(frame(101).subarray(0, FRAME_PREFIX_BYTES), () => {}), /too much/);
    assert.deepEqual([asked, received.length], [[0, 100, 101], 2]);
  });

  it('refuse strangers and other versions at once, and oversize on both sides', () => {
    assert.throws(() => decoder().push(Buffer.from('GET / HTTP/1.1'), () => {}), /wrong magic/);
    const head = encodeFrameHead(FrameKind.HELLO, 0, 1, new Uint8Array(0), 0);
    head[4] = 2;
    assert.throws(() => decoder().push(head.subarray(0, 5), () => {}), /version 2.*speaks 1/);
    assert.throws(() => encodeFrameHead(1, 0, 1, new Uint8Array(0), FRAME_BODY_BYTES_MAX + 1), FrameError);
    assert.throws(() => encodeFrameHead(1, 0, 1, new Uint8Array(FRAME_HEADER_BYTES_MAX + 1), 0), FrameError);
  });

  it('survive random bytes with nothing but FrameError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 5, maxLength: 300 }), (bytes) => {
        try {
          decoder().push(bytes, () => assert.fail('random bytes made a frame'));
        } catch (error) {
          assert.ok(error instanceof FrameError);
        }
      }),
    );
  });
});
