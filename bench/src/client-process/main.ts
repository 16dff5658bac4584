/* A client in a process of its own. Argument: the metaserver. Jobs come as messages, outcomes go back as messages. */

import { setFlagsFromString } from 'node:v8';
import { connect } from '@tessera/client';
import { Contents } from '../contents.js';
import { doJob, type Job } from './job.js';

setFlagsFromString('--heap-growing-percent=400');

const client = await connect({ metaserver: process.argv[2] as string, name: 'bench-process' });
const contents = new Contents();

process.on('message', async (job: Job) => {
  try {
    process.send?.({ latenciesMs: await doJob(client, contents, job) });
  } catch (error) {
    process.send?.({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
});
process.on('disconnect', async () => {
  await client.close();
  process.exit(0);
});
process.send?.({ latenciesMs: [] });
