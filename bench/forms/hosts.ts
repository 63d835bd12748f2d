/** A host for each form of the plugin. */
import type { BuiltSources } from './built-sources.ts';
import type { FormHost } from './form.ts';
import { esModuleHost } from './hosts/es-module.ts';
import { grpcServiceHost } from './hosts/grpc-service.ts';
import { rpcProcessHost } from './hosts/rpc-process.ts';
import { wasmHost } from './hosts/wasm.ts';
import type { FormName } from './subjects.ts';

export async function openHost(form: FormName, { wasm, folder }: BuiltSources): Promise<FormHost> {
  switch (form) {
    case 'es-module':
      return esModuleHost(folder);
    case 'rpc-process':
      return rpcProcessHost(folder);
    case 'grpc-service':
      return grpcServiceHost(folder);
    case 'wasm-inline':
      return wasmHost('inline', wasm);
    case 'wasm-worker':
      return wasmHost('worker', wasm);
    case 'wasm-process':
      return wasmHost('process', wasm);
  }
}
