/**
 * Ringfence: runs WebAssembly plugins that you did not write and do not trust.
 *
 * @example
 * import { createEngine } from 'ringfence';
 *
 * await using engine = await createEngine({ limits: { fuel: 50_000_000, timeoutMs: '2s' } });
 * const plugin = await engine.load('word-count.wasm', { grants: { http: ['https://api.example.com'] } });
 * const words = await plugin.call('count', { text: 'to be or not to be' });
 */
export type { AuditEvent } from './audit.ts';
export type { Listener, Unlisten } from './emitter.ts';
export { createEngine, type Engine, type EngineEvents } from './engine.ts';
export {
  ERRORS,
  type ErrorCode,
  type ErrorData,
  type ErrorFamily,
  type ErrorStage,
  isRingfenceError,
  RingfenceError,
} from './errors.ts';
export type { Capability, GrantsInput, HttpGrant } from './grants.ts';
export type { PluginEvent } from './host/event-service.ts';
export { type PermissionDifference, permissionDifference } from './host/permission-difference.ts';
export type { GrantedPermission, MissingPermission, PluginPermissions } from './host/permissions.ts';
export {
  type CustomFunction,
  type DataForm,
  type DataFunction,
  type HostCall,
  HostFunctionError,
  type HostNumberType,
  type HostPrice,
  hostFunction,
  type NumberFunction,
} from './host-function.ts';
export type {
  KvDeleteResult,
  KvEntry,
  KvPage,
  KvQuery,
  KvSetResult,
  KvStore,
  KvUsage,
  KvWrite,
} from './kv-store.ts';
export { DEFAULT_LIMITS, LIMITS, type LimitName, type Limits, type LimitsInput } from './limits.ts';
export type { BreakerState } from './manager/circuit-breaker.ts';
export type {
  Duration,
  FailureMode,
  ManagerConfiguration,
  PluginConfiguration,
  ReloadInput,
  SupervisionInput,
} from './manager/configuration/configuration.ts';
export {
  type ConfigurationFinding,
  type LoadedConfiguration,
  loadConfiguration,
} from './manager/configuration/load-configuration.ts';
export type { Finding, FindingKind } from './manager/discovery/finding.ts';
export type { EmitOptions, EmitReport, HandlerResult } from './manager/event-bus.ts';
export type { ManagerCounters } from './manager/journal.ts';
export type { ReloadReport } from './manager/lifecycle.ts';
export type { ManagedPlugin, PluginStatus } from './manager/managed-plugin.ts';
export { type ApplyReport, createManager, type Manager, type ManagerOptions } from './manager/manager.ts';
export type {
  BreakerChange,
  HealthChange,
  ManagerEvents,
  ReloadEvent,
  ReloadStep,
  StateChange,
} from './manager/manager-events.ts';
export type { MigrateState, StateMigration } from './manager/state-transfer.ts';
export {
  CALL_LIMITS,
  type CallLimitsInput,
  type CallOptions,
  type CloseOptions,
  type DeterministicInput,
  type EngineOptions,
  EXECUTORS,
  type ExecutorName,
  type LevelLogger,
  LOG_LEVELS,
  type LoadOptions,
  type LogEntry,
  type LogField,
  type LogFields,
  type Logger,
  type LogLevel,
  type SecretInput,
} from './options.ts';
export type { Invocation, Plugin, PluginInfo } from './plugin.ts';
export { recordedFile } from './recording/reader.ts';
export type { Recording, RecordOptions } from './recording/recording.ts';
export { type Replay, type ReplayDifference, type ReplayOptions, replay } from './recording/replay.ts';
export {
  collapsedStacks,
  type FuelProfile,
  type ProfiledFunction,
  type ProfileFrame,
  type ProfileStack,
  profiledFunctions,
} from './runtime/fuel-profile.ts';
export { fuelPerMs } from './runtime/fuel-rate.ts';
export type { MemoryUse, WallMemory } from './runtime/memory-use.ts';
export type { PluginSource } from './runtime/source.ts';
export { PLUGIN_STATES, type PluginState } from './runtime/state.ts';
export { USAGE_NAMES, type Usage, type UsageName, type UsageRow } from './runtime/usage.ts';
export type { AskedPermission, HttpPermission, Manifest, ManifestFunction, Permissions } from './validate/index.ts';
