/** What may be under way at a time. Results that nobody has taken count too: a slow consumer holds the work back. */
export interface InFlight<Item> {
  /** Items. */
  readonly itemsMax: number;
  /** Bytes of all of them; one item alone may have more. Default: no bound. */
  readonly bytesMax?: number;
  /** What an item counts, in bytes; default 0. */
  readonly bytesOf?: (item: Item) => number;
}

/** Runs `work` for every item, as much at a time as allowed, and yields the results as they come. */
export async function* inParallel<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  { itemsMax, bytesMax = Number.POSITIVE_INFINITY, bytesOf = () => 0 }: InFlight<Item>,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const iterator = iteratorOf(items);
  const finished: { result: Result; bytes: number }[] = [];
  /** Taken from the source, and waits for room. */
  let next: { item: Item; bytes: number } | undefined;
  let running = 0;
  let runningBytes = 0;
  let exhausted = false;
  let pulling = false;
  let failure: { error: unknown } | undefined;
  let wake = () => {};
  const fail = (error: unknown) => {
    failure ??= { error };
    wake();
  };
  const hasRoom = () => {
    const count = running + finished.length;
    return count < itemsMax && (next === undefined || count === 0 || runningBytes + next.bytes <= bytesMax);
  };
  const pull = async () => {
    pulling = true;
    while (failure === undefined && hasRoom()) {
      if (next !== undefined) {
        start(next.item, next.bytes);
        next = undefined;
      }
      if (exhausted) break;
      const { done, value } = await iterator.next();
      if (done) exhausted = true;
      else next = { item: value, bytes: bytesOf(value) };
    }
    pulling = false;
    wake();
  };
  const start = (item: Item, bytes: number) => {
    running++;
    runningBytes += bytes;
    work(item).then((result) => {
      running--;
      finished.push({ result, bytes });
      wake();
    }, fail);
  };
  try {
    for (;;) {
      if (failure !== undefined) throw failure.error;
      const mayPull = !exhausted || next !== undefined;
      if (mayPull && !pulling && hasRoom()) pull().catch(fail);
      const taken = finished.shift();
      if (taken !== undefined) {
        runningBytes -= taken.bytes;
        yield taken.result;
      } else if (exhausted && running === 0 && !pulling && next === undefined) return;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    if (!exhausted) Promise.resolve(iterator.return?.()).catch(() => {});
  }
}

function iteratorOf<Item>(items: Iterable<Item> | AsyncIterable<Item>): AsyncIterator<Item> | Iterator<Item> {
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
}
