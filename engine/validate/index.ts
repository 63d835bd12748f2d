/** What the engine refuses, before a byte of it is compiled or rewritten. */
export { type CheckModuleOptions, checkModule, type ValidModule } from './check-module.ts';
export {
  checkPlugin,
  checkSurface,
  type PluginModule,
} from './check-plugin.ts';
export { compileGuestSchema, type SchemaCheck, type SchemaCheckOptions } from './compile-schema.ts';
export type { JsonSchema } from './guest-schema.ts';
export { DEFAULT_HTTP_METHODS, HTTP_METHODS, type HttpMethod } from './http-methods.ts';
export { checkImports, HOST_MODULE, type HostSignature, type HostSignatures, hostKey } from './imports.ts';
export {
  checkManifest,
  type HttpPermission,
  type Manifest,
  type ManifestFunction,
  type NamedPermission,
  type Permissions,
  readManifest,
  type SimplePermission,
  type Variant,
  type VariantNeed,
} from './manifest.ts';
export { type AskedPermission, askedPermissions, permissionTitle } from './permissions.ts';
export type { CheckPluginOptions, PluginFacts } from './plugin-facts.ts';
export { REFUSED_FEATURES } from './policy.ts';
export { RESERVED_PREFIX } from './reserved-names.ts';
export { type EventEffect, type Subscription, type SubscriptionInput, subscriptionsOf } from './subscriptions.ts';
export { MANIFEST_SECTION, type ModuleSurface, manifestSections, surfaceOf } from './surface.ts';
