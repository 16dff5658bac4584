import { NetworkError, type NetworkErrorCode } from '../network.js';

const LISTEN_ADVICE: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process uses that port: stop it, choose another port, or use port 0 for any free one',
  EADDRNOTAVAIL: 'this machine has no such address: use one of its own, or 0.0.0.0 for all of them',
  EACCES: 'the user that runs this process may not use that port: choose one above 1023',
  ENOTFOUND: 'the host name cannot be resolved',
  EAI_AGAIN: 'the host name cannot be resolved at the moment',
};

export function listenErrorFrom(cause: Error, address: string): NetworkError {
  const errno = (cause as NodeJS.ErrnoException).code ?? 'unknown';
  const code: NetworkErrorCode = errno === 'EADDRINUSE' ? 'ADDRESS_IN_USE' : 'ADDRESS_INVALID';
  const advice = LISTEN_ADVICE[errno] ?? cause.message;
  return new NetworkError(code, `cannot listen on ${address}: ${advice} (${errno})`, { cause });
}

const CONNECTION_CODES: Readonly<Record<string, NetworkErrorCode>> = {
  ECONNREFUSED: 'REFUSED',
  ETIMEDOUT: 'TIMEOUT',
  ENOTFOUND: 'ADDRESS_INVALID',
  EAI_AGAIN: 'ADDRESS_INVALID',
  EADDRNOTAVAIL: 'ADDRESS_INVALID',
};

const CONNECTION_ADVICE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the peer broke the connection',
  EPIPE: 'the peer broke the connection',
  ETIMEDOUT: 'the peer stopped answering',
  EHOSTUNREACH: 'no route leads to that host',
  ENETUNREACH: 'no route leads to that network',
  ENOTFOUND: 'the host name cannot be resolved',
  EAI_AGAIN: 'the host name cannot be resolved at the moment',
  EMFILE: 'this process has too many open files; raise its limit (ulimit -n)',
};

export function connectionErrorFrom(cause: Error, address: string): NetworkError {
  const errno = (cause as NodeJS.ErrnoException).code ?? 'unknown';
  const advice = CONNECTION_ADVICE[errno] ?? cause.message;
  return new NetworkError(CONNECTION_CODES[errno] ?? 'BROKEN', `connection to ${address}: ${advice} (${errno})`, {
    cause,
  });
}
