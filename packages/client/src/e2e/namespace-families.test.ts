import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Client } from '../api.js';
import { connect } from '../connect.js';
import { DaemonCluster } from './daemon-cluster.js';

let cluster: DaemonCluster;
let client: Client;

before(async () => {
  cluster = await DaemonCluster.start(0);
  client = await connect({ metaserver: cluster.metaserver, name: 'namespace families test' });
});

after(async () => {
  await client?.close();
  await cluster?.stop();
});

const bytes = (text: string) => new TextEncoder().encode(text);

test('extended attributes survive a rename and a restart, and change only as the caller expects', async () => {
  await client.mkdir('/study');
  await client.putFile('/study/a', bytes('a'));
  assert.equal(await client.getXattr('/study/a', 'uid'), undefined);
  await client.setXattr('/study/a', 'uid', bytes('1.2.3'), { mode: 'create' });
  await assert.rejects(client.setXattr('/study/a', 'uid', bytes('x'), { mode: 'create' }), { code: 'EXISTS' });
  await assert.rejects(client.setXattr('/study/a', 'none', bytes('x'), { mode: 'replace' }), { code: 'NOT_FOUND' });
  const large = new Uint8Array(65_536).fill(7);
  await client.setXattr('/study', 'thumbnail', large);
  await client.rename('/study/a', '/study/b');
  await cluster.kill('metaserver');
  await cluster.restart('metaserver');
  assert.deepEqual(await client.getXattr('/study/b', 'uid'), bytes('1.2.3'));
  assert.deepEqual(await client.getXattr('/study', 'thumbnail'), large);
  const [listed] = await client.listXattrs('/study/b', { values: true });
  assert.deepEqual(listed, { name: bytes('uid'), text: 'uid', bytes: 5, value: bytes('1.2.3') });
  assert.deepEqual(await client.listXattrs('/study'), [{ name: bytes('thumbnail'), text: 'thumbnail', bytes: 65_536 }]);
  assert.equal(await client.removeXattr('/study/b', 'uid'), true);
  assert.equal(await client.removeXattr('/study/b', 'uid'), false);
});

test('of many who swap one value each once, nobody’s change is lost', async () => {
  await client.putFile('/counter', bytes(''));
  await client.setXattr('/counter', 'n', bytes('0'));
  const increment = async () => {
    for (;;) {
      const ifValue = (await client.getXattr('/counter', 'n')) as Uint8Array;
      const next = bytes(String(Number(new TextDecoder().decode(ifValue)) + 1));
      try {
        await client.setXattr('/counter', 'n', next, { ifValue });
        return;
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'CHANGED');
      }
    }
  };
  await Promise.all(Array.from({ length: 20 }, increment));
  assert.deepEqual(await client.getXattr('/counter', 'n'), bytes('20'));
});

test('mode, owner and times, to the nanosecond', async () => {
  const { attributes, created } = await client.touch('/touched');
  assert.equal(created, true);
  assert.equal(attributes.bytes, 0);
  await assert.rejects(client.touch('/untouched', { create: false }), { code: 'NOT_FOUND' });
  const modifiedNs = 1_234_567_890_123_456_789n;
  await client.setAttributes('/touched', { mode: 0, uid: 1000, gid: 100, modifiedNs });
  const changed = await client.stat('/touched');
  assert.deepEqual([changed.mode, changed.uid, changed.gid, changed.modifiedNs], [0, 1000, 100, modifiedNs]);
  assert.ok(changed.changedNs > attributes.changedNs);
  assert.equal((await client.touch('/touched')).created, false);
  assert.ok((await client.stat('/touched')).modifiedNs > modifiedNs);
  for (const changes of [{ mode: 0o10000 }, { uid: -1 }, { gid: 2 ** 32 }, { modifiedNs: -1n }]) {
    await assert.rejects(client.setAttributes('/touched', changes), { code: 'INVALID_ARGUMENT' });
  }
});

test('symbolic links lead on for every call that looks at what they lead to', async () => {
  await client.mkdir('/links/2026/ct', { parents: true });
  await client.symlink('2026/ct', '/links/latest');
  await client.putFile('/links/latest/slice', bytes('slice'));
  assert.deepEqual(await client.getFile('/links/2026/ct/slice'), bytes('slice'));
  await client.symlink('../latest/slice', '/links/2026/slice');
  assert.deepEqual(await client.getFile('/links/2026/slice'), bytes('slice'));
  const file = await client.open('/links/2026/slice', 'r');
  assert.deepEqual(await file.read(0, 100), bytes('slice'));
  await file.close();
  assert.equal((await client.stat('/links/latest')).kind, 'directory');
  assert.equal((await client.stat('/links/latest', { follow: false })).kind, 'symlink');
  assert.deepEqual(await client.readlink('/links/latest'), { target: bytes('2026/ct'), text: '2026/ct' });
  await client.setXattr('/links/latest', 'of', bytes('link'), { follow: false });
  assert.equal(await client.getXattr('/links/latest', 'of'), undefined);
  await client.symlink('/nowhere', '/links/latest', { replace: true });
  await assert.rejects(client.getFile('/links/latest/slice'), { code: 'NOT_FOUND', message: /nowhere/ });
  await client.symlink('latest', '/links/latest', { replace: true });
  await assert.rejects(client.stat('/links/latest'), { code: 'LINK_LOOP', message: /circle/ });
  for await (const { text, kind } of client.list('/links'))
    assert.equal(kind, text === 'latest' ? 'symlink' : 'directory');
});

test('hard links are equal names of one file', async () => {
  await client.putFile('/one', bytes('content'));
  assert.equal((await client.link('/one', '/linked/two', { makeParents: true })).links, 2);
  await assert.rejects(client.link('/one', '/linked/two'), { code: 'EXISTS' });
  await assert.rejects(client.link('/linked', '/three'), { code: 'IS_A_DIRECTORY' });
  await client.remove('/one');
  assert.deepEqual(await client.getFile('/linked/two'), bytes('content'));
  assert.equal((await client.stat('/linked/two')).links, 1);
  await client.remove('/linked', { recursive: true });
});

test('many stats at once, listings with attributes, and what the file system is as a whole', async () => {
  await client.mkdir('/many');
  const names = Array.from({ length: 1_500 }, (_, index) => `/many/f${String(index).padStart(4, '0')}`);
  const entries = names.map((path) => ({ path, content: bytes(path) }));
  for await (const outcome of client.putMany(entries, { concurrency: 64 })) assert.ok(outcome.ok);
  const seen = new Set<unknown>();
  for await (const outcome of client.statMany([...names, '/many/none'])) {
    if (outcome.ok) assert.equal(outcome.attributes.bytes, 11);
    else assert.deepEqual([outcome.path, outcome.error.code], ['/many/none', 'NOT_FOUND']);
    seen.add(outcome.path);
  }
  assert.equal(seen.size, 1_501);
  let listed = 0;
  for await (const { text, attributes } of client.readdirPlus('/many')) {
    assert.equal(`/many/${text}`, names[listed++]);
    assert.equal(attributes.bytes, 11);
  }
  assert.equal(listed, 1_500);
  const before = (await client.stat('/many')).contentVersion;
  await client.setAttributes('/many', { mode: 0o700 });
  assert.equal((await client.stat('/many')).contentVersion, before);
  await client.remove(names[0] as string);
  assert.ok((await client.stat('/many')).contentVersion > before);
  const { files, directories, servers, nameBytesMax } = await client.statfs();
  assert.ok(files >= 1_499 && directories >= 2);
  assert.deepEqual([servers, nameBytesMax], [0, 255]);
});
