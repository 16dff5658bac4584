/** Runs `work` for every item, at most `concurrency` at a time, and yields the results as they come. */
export async function* inParallel<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  concurrency: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const iterator = iteratorOf(items);
  const finished: Result[] = [];
  let running = 0;
  let exhausted = false;
  let pulling = false;
  let failure: { error: unknown } | undefined;
  let wake = () => {};
  const fail = (error: unknown) => {
    failure ??= { error };
    wake();
  };
  // Results that nobody has taken count too: a slow consumer holds the work back.
  const pull = async () => {
    pulling = true;
    while (!exhausted && failure === undefined && running + finished.length < concurrency) {
      const { done, value } = await iterator.next();
      if (done) exhausted = true;
      else start(value);
    }
    pulling = false;
    wake();
  };
  const start = (item: Item) => {
    running++;
    work(item).then((result) => {
      running--;
      finished.push(result);
      wake();
    }, fail);
  };
  try {
    for (;;) {
      if (failure !== undefined) throw failure.error;
      if (!pulling && !exhausted && running + finished.length < concurrency) pull().catch(fail);
      const result = finished.shift();
      if (result !== undefined) yield result;
      else if (exhausted && running === 0 && !pulling) return;
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
