/** The plugin as a service in a child, called with gRPC. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { credentials, type ServiceError } from '@grpc/grpc-js';
import { loadGrpcService } from '../../support/grpc.ts';
import type { FormHost, LoadedSource } from '../form.ts';
import { type FailureMessage, fromMessage } from '../source/failure.ts';

const DEADLINE_MS = 10_000;

export interface ServiceQuestion {
  readonly name: string;
  readonly input: string;
}
/** One of the two, as JSON. */
export interface ServiceAnswer {
  readonly value?: string;
  readonly failure?: string;
}
interface Client {
  call(
    question: ServiceQuestion,
    options: { readonly deadline: number },
    done: (error: ServiceError | null, answer?: ServiceAnswer) => void,
  ): void;
  close(): void;
}

/** @param folder of the sources as JavaScript */
export function grpcServiceHost(folder: string): FormHost {
  const entry = join(folder, 'hosts/grpc-entry.js');
  const Service = loadGrpcService(join(import.meta.dirname, 'music-source.proto'), 'forms', 'MusicSource');
  return {
    form: 'grpc-service',
    async load(catalogue): Promise<LoadedSource> {
      const child = fork(entry, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
      const ended = once(child, 'exit');
      child.send({ catalogue });
      const [port] = (await once(child, 'message')) as [number];
      const client = new Service(`127.0.0.1:${port}`, credentials.createInsecure()) as unknown as Client;
      return {
        call: (name, input) =>
          new Promise((resolve, reject) => {
            const question = { name, input: JSON.stringify(input) };
            client.call(question, { deadline: Date.now() + DEADLINE_MS }, (error, answer) => {
              if (error !== null) reject(error);
              else if (answer?.failure) reject(fromMessage(JSON.parse(answer.failure) as FailureMessage));
              else resolve(JSON.parse(answer?.value ?? 'null'));
            });
          }),
        async close() {
          client.close();
          child.kill('SIGKILL');
          await ended;
        },
      };
    },
    async close() {},
  };
}
