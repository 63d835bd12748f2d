/** A JavaScript guest as a gRPC service in a process of its own. Its source comes over the channel of `fork`, its port goes back there. */
import { join } from 'node:path';
import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { loadGrpcService } from '../../support/grpc.ts';
import { callGuest, startGuest } from './guest-script.ts';
import type { ToGuest } from './remote-guest.ts';

interface Question {
  readonly name: string;
  readonly input: string;
}

const streams = new Set<ServerWritableStream<object, { readonly text: string }>>();
const server = new Server();
server.addService(loadGrpcService(join(import.meta.dirname, 'guest.proto'), 'isolation', 'Guest').service, {
  call(
    { request: { name, input } }: ServerUnaryCall<Question, { value: string }>,
    answer: sendUnaryData<{ value: string }>,
  ) {
    callGuest(name, input).then(
      (value) => answer(null, { value }),
      (error: unknown) => answer({ code: status.UNKNOWN, details: String(error) }),
    );
  },
  log(stream: ServerWritableStream<object, { readonly text: string }>) {
    streams.add(stream);
    stream.on('close', () => streams.delete(stream));
  },
});

process.on('message', (message: ToGuest) => {
  if (message.op !== 'source') return;
  startGuest(message.source, (text) => {
    for (const stream of streams) stream.write({ text });
  });
  server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) throw error;
    process.send?.({ port });
  });
});
