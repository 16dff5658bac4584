import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodePath, type v1 } from '@tessera/protocol';
import fc from 'fast-check';
import { readTotals } from '../../records/totals.js';
import { type ModelNode, type ModelRef, ModelRefusal, NamespaceModel } from '../../testing/namespace-model.js';
import { PersistentClient } from '../../testing/persistent-client.js';

/** Where a command points: a directory known by its inode (or the root) and names from there. */
interface Ref {
  readonly base: number | undefined;
  readonly names: readonly string[];
}

type Command =
  | { readonly op: 'mkdir'; readonly at: Ref; readonly parents: boolean }
  | {
      readonly op: 'put';
      readonly at: Ref;
      readonly replace: boolean;
      readonly parents: boolean;
      readonly content: string;
    }
  | { readonly op: 'rename'; readonly from: Ref; readonly to: Ref; readonly replace: boolean }
  | { readonly op: 'remove'; readonly at: Ref; readonly recursive: boolean }
  | { readonly op: 'stat'; readonly at: Ref }
  | { readonly op: 'read'; readonly at: Ref }
  | { readonly op: 'list'; readonly at: Ref; readonly after: string; readonly limit: number }
  | { readonly op: 'repeat'; readonly back: number }
  | { readonly op: 'restart' };

const name = fc.constantFrom('a', 'b', 'c');
const ref: fc.Arbitrary<Ref> = fc.record({
  base: fc.option(fc.nat(20), { nil: undefined, freq: 3 }),
  names: fc.array(name, { maxLength: 3, size: 'max' }),
});
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 40, arbitrary: fc.record({ op: fc.constant('mkdir'), at: ref, parents: fc.boolean() }) },
  {
    weight: 50,
    arbitrary: fc.record({
      op: fc.constant('put'),
      at: ref,
      replace: fc.boolean(),
      parents: fc.boolean(),
      content: fc.constantFrom('', 'x', 'longer content'),
    }),
  },
  { weight: 50, arbitrary: fc.record({ op: fc.constant('rename'), from: ref, to: ref, replace: fc.boolean() }) },
  { weight: 30, arbitrary: fc.record({ op: fc.constant('remove'), at: ref, recursive: fc.boolean() }) },
  { weight: 30, arbitrary: fc.record({ op: fc.constant('stat'), at: ref }) },
  { weight: 20, arbitrary: fc.record({ op: fc.constant('read'), at: ref }) },
  {
    weight: 20,
    arbitrary: fc.record({
      op: fc.constant('list'),
      at: ref,
      after: fc.constantFrom('', 'a', 'b'),
      limit: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 20, arbitrary: fc.record({ op: fc.constant('repeat'), back: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('restart') }) },
) as fc.Arbitrary<Command>;

/** Answered mutations that a client keeps in mind before it acknowledges them. */
const UNACKNOWLEDGED = 4;

interface Answered {
  readonly operation: v1.Operation.$Properties;
  readonly result: v1.OperationResult.$Properties;
  readonly restarts: number;
}

/** Runs commands against the service and the model, and compares what they say. */
class Comparison {
  readonly model = new NamespaceModel();
  readonly server: PersistentClient;
  readonly #known: ModelNode[] = [];
  readonly #answered: Answered[] = [];
  #restarts = 0;

  constructor(server: PersistentClient) {
    this.server = server;
  }

  async run(step: Command): Promise<void> {
    switch (step.op) {
      case 'mkdir': {
        const at = this.#ref(step.at);
        const made = expected(() => this.model.mkdir(at, step.parents));
        const { mkdir } = await this.#mutate({ mkdir: { node: wire(at), parents: step.parents } }, made.code);
        assert.equal(mkdir?.created, made.value?.created);
        this.#learn(made.value?.node, mkdir?.attributes);
        return;
      }
      case 'put': {
        const at = this.#ref(step.at);
        const { content, replace, parents } = step;
        const made = expected(() => this.model.put(at, { content, replace, parents }));
        const inlineData = Buffer.from(content);
        const { putFile } = await this.#mutate(
          { putFile: { node: wire(at), replace, makeParents: parents, bytes: inlineData.length, inlineData } },
          made.code,
        );
        this.#learn(made.value, putFile?.attributes);
        return;
      }
      case 'rename': {
        const [from, to] = [this.#ref(step.from), this.#ref(step.to)];
        const moved = expected(() => this.model.rename(from, to, step.replace));
        const { rename } = await this.#mutate(
          { rename: { from: wire(from), to: wire(to), replace: step.replace } },
          moved.code,
        );
        this.#learn(moved.value, rename?.attributes);
        return;
      }
      case 'remove': {
        const at = this.#ref(step.at);
        const { code } = expected(() => this.model.remove(at, step.recursive));
        await this.#mutate({ remove: { node: wire(at), recursive: step.recursive } }, code);
        return;
      }
      case 'stat': {
        const at = this.#ref(step.at);
        const found = expected(() => this.model.find(at));
        const { stat } = await this.#read({ stat: { node: wire(at) } }, found.code);
        this.#learn(found.value, stat?.attributes);
        return;
      }
      case 'read': {
        const at = this.#ref(step.at);
        const found = expected(() => {
          const node = this.model.find(at);
          if (node.kind === 'directory') throw new ModelRefusal('IS_A_DIRECTORY');
          return node;
        });
        const { resolve } = await this.#read({ resolve: { node: wire(at) } }, found.code);
        if (found.value === undefined) return;
        assert.equal(Buffer.from(resolve?.inlineData ?? []).toString(), found.value.content);
        return;
      }
      case 'list': {
        const at = this.#ref(step.at);
        const found = expected(() => this.model.list(at, step.after, step.limit));
        const { list } = await this.#read(
          { list: { node: wire(at), after: Buffer.from(step.after), limit: step.limit, attributes: true } },
          found.code,
        );
        if (found.value === undefined) return;
        const names = list?.entries?.map((entry) => Buffer.from(entry.name ?? []).toString());
        assert.deepEqual({ names, more: list?.more ?? false }, found.value);
        return;
      }
      case 'repeat':
        return this.#repeat(step.back);
      case 'restart':
        this.#restarts += 1;
        return this.server.restart();
    }
  }

  /** What the service has must be the model's tree, and nothing else must be left. */
  async finish(): Promise<void> {
    await this.#compareTree(this.model.root, []);
    await this.server.pass(5_000);
    const totals = await this.server.metaserver?.store.read(readTotals);
    const { files, directories, logicalBytes } = totals ?? {};
    assert.deepEqual({ files, directories, logicalBytes }, this.model.counts());
    assert.equal(totals?.reaperPending, 0);
  }

  async #compareTree(node: ModelNode, names: readonly string[]): Promise<void> {
    const at = { base: this.model.root, names };
    const { list } = await this.#read({ list: { node: wire(at) } }, undefined);
    const listed = list?.entries?.map((entry) => `${Buffer.from(entry.name ?? []).toString()} ${entry.kind}`);
    const children = [...node.children].sort(([left], [right]) => (left < right ? -1 : 1));
    assert.deepEqual(
      listed ?? [],
      children.map(([child, { kind }]) => `${child} ${kind === 'file' ? 1 : 2}`),
    );
    for (const [child, below] of children) {
      if (below.kind === 'directory') await this.#compareTree(below, [...names, child]);
    }
  }

  /** A mutation that was answered before is answered alike, or refused when it was acknowledged. */
  async #repeat(back: number): Promise<void> {
    const answered = this.#answered.at(-back);
    if (answered === undefined) return;
    const { operation, result } = answered;
    if (Number(operation.sequence) < this.server.acknowledgedBelow) {
      assert.equal((await this.server.run(operation)).error?.code, 'SEQUENCE_REFUSED');
      return;
    }
    // Failures are stored nowhere: a process that starts anew does not know of them.
    if (result.error && answered.restarts !== this.#restarts) return;
    assert.deepEqual(await this.server.run(operation), result);
  }

  async #mutate(request: v1.Operation.$Properties, code: string | undefined): Promise<v1.OperationResult.$Properties> {
    const operation = { sequence: ++this.server.sequence, ...request };
    const result = await this.server.run(operation);
    assert.equal(result.error?.code, code, result.error?.message ?? 'it was done');
    this.#answered.push({ operation, result, restarts: this.#restarts });
    this.server.acknowledgedBelow = Math.max(0, this.server.sequence - UNACKNOWLEDGED);
    return result;
  }

  async #read(operation: v1.Operation.$Properties, code: string | undefined): Promise<v1.OperationResult.$Properties> {
    const result = await this.server.run(operation);
    assert.equal(result.error?.code, code, result.error?.message ?? 'it was done');
    return result;
  }

  #learn(node: ModelNode | undefined, attributes: v1.Attributes.$Properties | null | undefined): void {
    if (node === undefined) return;
    assert.equal(attributes?.kind, node.kind === 'file' ? 1 : 2);
    assert.equal(Number(attributes?.bytes), node.content.length);
    assert.equal(Number(attributes?.entries), node.children.size);
    const inode = Buffer.from(attributes?.inode ?? []);
    if (node.inode !== undefined) assert.deepEqual(inode, node.inode);
    else if (node.kind === 'directory' && node !== this.model.root) this.#known.push(node);
    node.inode = inode;
  }

  #ref({ base, names }: Ref): ModelRef {
    const known = base === undefined ? undefined : this.#known[base % Math.max(1, this.#known.length)];
    return { base: known ?? this.model.root, names };
  }
}

function wire({ base, names }: ModelRef): v1.NodeRef.$Properties {
  const path = encodePath(names.join('/'));
  return base.parent === undefined && base.inode === undefined ? { path } : { base: base.inode ?? null, path };
}

function expected<T>(run: () => T): { value?: T; code?: string } {
  try {
    return { value: run() };
  } catch (error) {
    if (error instanceof ModelRefusal) return { code: error.code };
    throw error;
  }
}

test('the namespace behaves as a plain tree, over a bad network and power losses', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.array(command, { maxLength: 80, size: 'max' }), async (seed, commands) => {
      const server = new PersistentClient(seed);
      await server.world.drive(
        (async () => {
          await server.start();
          await server.openSession();
          const comparison = new Comparison(server);
          for (const step of commands) await comparison.run(step);
          await comparison.finish();
        })(),
      );
    }),
    { numRuns: 25, includeErrorInReport: true },
  );
});
