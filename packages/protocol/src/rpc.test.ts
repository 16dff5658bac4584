import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type CallHandler, CallStatus, type Network, StatusCode } from '@tessera/env';
import { v1 } from '../generated/v1.js';
import { TesseraError } from './errors.js';
import { addHandlers, adminService, callMethod, clusterService, metadataService } from './rpc.js';

/** Unary calls straight into a handler map. */
function directNetwork(handlers: ReadonlyMap<string, CallHandler>): Network {
  const refuse = () => Promise.reject(new Error('not a connection network'));
  return {
    connect: refuse,
    listen: refuse,
    serve: refuse,
    call: (_address, path, request) => {
      const handler = handlers.get(path);
      return handler ? handler(request, 'test') : Promise.reject(new CallStatus(StatusCode.UNIMPLEMENTED, path));
    },
  };
}

describe('rpc', () => {
  const seen: string[] = [];
  const map = new Map<string, CallHandler>();
  addHandlers(
    map,
    clusterService,
    {
      register: async () => {
        throw new TesseraError('WRONG_CLUSTER', 'this disk belongs to cluster ab');
      },
      heartbeat: async (request) => v1.HeartbeatReply.create({ heartbeatMs: (request.server ?? 0) + 1 }),
      getMap: async () => {
        throw new RangeError('a bug');
      },
    },
    (path, _peer, error) => seen.push(`${path} ${error.code}`),
  );
  const network = directNetwork(map);
  const options = { deadlineMs: 1000 };

  it('carries typed requests and replies', async () => {
    const reply = await callMethod(
      network,
      'x:1',
      clusterService.heartbeat,
      v1.HeartbeatRequest.create({ server: 41 }),
      options,
    );
    assert.equal(reply.heartbeatMs, 42);
  });

  it('carries coded errors, hides bugs behind INTERNAL and tells the server’s log', async () => {
    const call = callMethod(network, 'x:1', clusterService.register, v1.RegisterRequest.create({}), options);
    await assert.rejects(call, {
      name: 'TesseraError',
      code: 'WRONG_CLUSTER',
      message: 'this disk belongs to cluster ab',
    });
    const bug = callMethod(network, 'x:1', clusterService.getMap, v1.GetMapRequest.create({}), options);
    await assert.rejects(bug, { code: 'INTERNAL' });
    assert.deepEqual(seen, ['/tessera.v1.Cluster/Register WRONG_CLUSTER', '/tessera.v1.Cluster/GetMap INTERNAL']);
  });

  it('answers undecodable requests and unknown methods with a code', async () => {
    const garbage = network.call('x:1', clusterService.heartbeat.path, Uint8Array.of(0xff, 0xff, 0xff), options);
    await assert.rejects(garbage, { statusCode: StatusCode.INVALID_ARGUMENT });
    const unknown = callMethod(network, 'x:1', adminService.clusterStatus, v1.ClusterStatusRequest.create({}), options);
    await assert.rejects(unknown, { code: 'UNIMPLEMENTED' });
  });

  it('names the paths of the .proto files', () => {
    for (const [service, type] of [
      [metadataService, v1.Metadata],
      [clusterService, v1.Cluster],
      [adminService, v1.Admin],
    ] as const) {
      const generated = Object.values(Object.getOwnPropertyDescriptors(type.prototype))
        .map((property) => (property.value as { path?: string } | undefined)?.path)
        .filter((path) => path !== undefined);
      assert.deepEqual(
        Object.values(service)
          .map((method) => method.path)
          .sort(),
        generated.sort(),
      );
    }
  });
});
