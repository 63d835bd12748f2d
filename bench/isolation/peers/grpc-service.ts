/** A gRPC service for each guest, in a child process of its own: the way of microservices. */
import { jsGuest } from '../guests/js-guests.ts';
import type { Peer } from '../peer.ts';
import { RemoteGuest } from './remote-guest.ts';

const FAIRNESS = `A child for each guest, as a supervisor would start it, with a heap limit by flag; in it a server of @grpc/grpc-js, called with
a deadline. A deadline of gRPC ends the caller's wait and not the work, so the child is killed when it has passed, and the next call
starts another one. Messages are held to 1 MiB by \`grpc.max_receive_message_length\`. Its wall is the operating system's: the guest has
the files and the network of its host; of that the table tries one request.`;

export const grpcService: Peer = {
  name: 'grpc service',
  fairness: FAIRNESS,
  make: jsGuest,
  async open(log) {
    const { startGrpcGuest } = await import('./grpc-remote.ts');
    return { load: (guest) => new RemoteGuest(startGrpcGuest(jsGuest(guest)), log).load() };
  },
};
