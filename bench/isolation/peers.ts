/** The sandboxes of the isolation table. To add one: an adapter in peers/, and a line here. */
import type { Peer } from './peer.ts';
import { childProcess } from './peers/child-process.ts';
import { esModule } from './peers/es-module.ts';
import { extism } from './peers/extism.ts';
import { grpcService } from './peers/grpc-service.ts';
import { isolatedVm } from './peers/isolated-vm.ts';
import { nodeVm } from './peers/node-vm.ts';
import { plainV8 } from './peers/plain-v8.ts';
import { quickjs } from './peers/quickjs.ts';
import { ringfence } from './peers/ringfence.ts';
import { workerThreads } from './peers/worker-threads.ts';

export const PEERS: readonly Peer[] = [
  ringfence('inline'),
  ringfence('worker'),
  ringfence('process'),
  plainV8,
  extism('extism 1.0', false),
  extism('extism 1.0', true),
  extism('extism 2.0 rc', false),
  extism('extism 2.0 rc', true),
  quickjs,
  isolatedVm,
  nodeVm,
  esModule,
  workerThreads,
  childProcess,
  grpcService,
];
