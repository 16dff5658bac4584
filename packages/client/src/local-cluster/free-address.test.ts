import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, it } from 'node:test';
import { freeAddress } from './free-address.js';

describe('the address to listen on', () => {
  it('stays when it is free, and becomes any port when it is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    assert.equal(await freeAddress(address), '127.0.0.1:0');
    server.close();
    await once(server, 'close');
    assert.equal(await freeAddress(address), address);
  });

  it('port 0 stays', async () => assert.equal(await freeAddress('127.0.0.1:0'), '127.0.0.1:0'));
});
