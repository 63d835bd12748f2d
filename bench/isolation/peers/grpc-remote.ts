/** Starts a child with a guest as a gRPC service, and calls it. */
import { join } from 'node:path';
import { credentials, type ServiceError } from '@grpc/grpc-js';
import { loadGrpcService } from '../../support/grpc.ts';
import { LIMITS } from '../peer.ts';
import { forkGuest } from './fork-guest.ts';
import type { StartRemote } from './remote-guest.ts';

const ENTRY = join(import.meta.dirname, 'grpc-entry.ts');

interface Client {
  call(
    question: { readonly name: string; readonly input: string },
    options: { readonly deadline: number },
    answer: (error: ServiceError | null, answer?: { readonly value: string }) => void,
  ): void;
  log(question: object): {
    on(event: 'data', listener: (line: { readonly text: string }) => void): unknown;
    on(event: 'error', listener: () => void): unknown;
  };
  close(): void;
}

export const startGrpcGuest =
  (source: string): StartRemote =>
  (onMessage, onEnd) => {
    const { child, kill } = forkGuest(ENTRY, source, onEnd);
    let client: Client | undefined;
    child.on('message', ({ port }: { readonly port: number }) => {
      const Service = loadGrpcService(join(import.meta.dirname, 'guest.proto'), 'isolation', 'Guest');
      client = new Service(`127.0.0.1:${port}`, credentials.createInsecure(), {
        'grpc.max_receive_message_length': LIMITS.outputBytes,
      }) as unknown as Client;
      const lines = client.log({});
      lines.on('data', ({ text }) => onMessage({ op: 'log', line: text }));
      // It ends with the child, which says so itself.
      lines.on('error', () => {});
      onMessage({ op: 'ready' });
    });
    child.on('exit', () => client?.close());
    return {
      send({ id, name, input }) {
        client?.call({ name, input }, { deadline: Date.now() + 2 * LIMITS.deadlineMs }, (error, answer) =>
          onMessage(
            error === null
              ? { op: 'answer', id, value: answer?.value ?? '' }
              : { op: 'failure', id, message: error.details },
          ),
        );
      },
      kill,
    };
  };
