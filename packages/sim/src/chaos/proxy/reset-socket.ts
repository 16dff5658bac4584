import type { Socket } from 'node:net';

/**
 * Lets the other end hear that the connection is broken, unless it is gone already. One that is just ending is only
 * destroyed: Node.js 20 cannot reset it, keeps its descriptor when asked to, and then never gets through its own exit.
 */
export function resetSocket(socket: Socket): void {
  if (socket.destroyed) return;
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}
