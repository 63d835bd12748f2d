/** The plugin as a gRPC service. Its configuration comes over the channel of `fork`, its port goes back there. */
import { join } from 'node:path';
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import { loadGrpcService } from '../../support/grpc.ts';
import { toMessage } from '../source/failure.ts';
import { createMusicSource } from '../source/music-source.ts';
import type { ServiceAnswer, ServiceQuestion } from './grpc-service.ts';

process.on('message', ({ catalogue }: { readonly catalogue: string }) => {
  const source = createMusicSource({ catalogue });
  const server = new Server();
  server.addService(loadGrpcService(join(import.meta.dirname, 'music-source.proto'), 'forms', 'MusicSource').service, {
    call(
      { request: { name, input } }: ServerUnaryCall<ServiceQuestion, ServiceAnswer>,
      answer: sendUnaryData<ServiceAnswer>,
    ) {
      Promise.resolve(source[name]?.(JSON.parse(input) as never)).then(
        (value) => answer(null, { value: JSON.stringify(value) }),
        (error: unknown) => answer(null, { failure: JSON.stringify(toMessage(error)) }),
      );
    },
  });
  server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) throw error;
    process.send?.(port);
  });
});
process.on('disconnect', () => process.exit(0));
