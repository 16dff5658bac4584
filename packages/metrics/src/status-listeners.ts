import { type Listener, type Page, type StatusPages, serveStatus } from '@tessera/env';

/** Where a daemon tells about itself over HTTP. */
export interface StatusListeners {
  /** What endpoint.json says of them: host:port, for those there are. */
  readonly addresses: { health?: string; metrics?: string };
  close(): Promise<void>;
}

/**
 * Serves /healthz and /readyz on `health`, and with /metrics on `metrics`, each if given. `exposition` is called when
 * somebody may read metrics, at most once. @throws NetworkError ADDRESS_IN_USE, ADDRESS_INVALID
 */
export async function listenForStatus(
  { health, metrics }: { health: string | undefined; metrics: string | undefined },
  pages: Pick<StatusPages, 'health' | 'ready'>,
  exposition: () => Promise<{ page(): Promise<Page> }>,
): Promise<StatusListeners> {
  const listeners: Listener[] = [];
  const addresses: StatusListeners['addresses'] = {};
  const close = async () => {
    await Promise.all(listeners.map((listener) => listener.close()));
  };
  const serve = async (address: string, shown: StatusPages) => {
    const listener = await serveStatus(address, shown);
    listeners.push(listener);
    return listener.address;
  };
  try {
    if (health !== undefined) addresses.health = await serve(health, pages);
    if (metrics !== undefined) {
      const shown = await exposition();
      addresses.metrics = await serve(metrics, { ...pages, metrics: () => shown.page() });
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { addresses, close };
}
