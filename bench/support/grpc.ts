/** Services by their .proto file, as @grpc/grpc-js documents it. */
import { type GrpcObject, loadPackageDefinition, type ServiceClientConstructor } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/** @param file path of the .proto file */
export function loadGrpcService(file: string, packageName: string, service: string): ServiceClientConstructor {
  const definitions = loadPackageDefinition(loadSync(file, { keepCase: true, defaults: true }));
  return (definitions[packageName] as GrpcObject)[service] as ServiceClientConstructor;
}
