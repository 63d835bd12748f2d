/** The state of a plugin on its way from one version to the next: `plugin_save_state`, then `plugin_restore_state`. */
import { RingfenceError } from '../errors.ts';
import type { KeptState, PluginRecord } from './plugin-record.ts';
import type { PluginVersion } from './plugin-version.ts';

/** A state whose form the new version does not take as it is. */
export interface StateMigration {
  readonly plugin: string;
  /** Forms of the state: `state.version` in the manifests. */
  readonly from: number;
  readonly to: number;
  readonly fromVersion: string;
  readonly toVersion: string;
  readonly state: Uint8Array;
}
/** @returns the state in the new form; undefined where it cannot be brought into it */
export type MigrateState = (migration: StateMigration) => Uint8Array | undefined | Promise<Uint8Array | undefined>;

const formOf = ({ plugin }: PluginVersion): number => plugin.info.state?.version ?? 1;

/** @returns undefined for a plugin that keeps none. @throws LIMIT_EXCEEDED, and what a call may throw */
export async function saveState(record: PluginRecord, version: PluginVersion): Promise<KeptState | undefined> {
  const { faults } = record.seams;
  if (!version.savesState) return undefined;
  await faults.before?.('save-state', record.id, version.version);
  const bytes = await version.plugin.saveState();
  return { bytes: faults.state?.(record.id, bytes) ?? bytes, form: formOf(version) };
}

/**
 * @returns whether it has the state: a plugin that restores none does without
 * @throws STATE_MISMATCH, LIMIT_EXCEEDED, and what a call may throw
 */
export async function restoreState(
  record: PluginRecord,
  version: PluginVersion,
  state: KeptState | undefined,
  fromVersion: string,
  migrate: MigrateState | undefined,
): Promise<boolean> {
  if (state === undefined || !version.restoresState) return false;
  const bytes = await inForm(record.id, version, state, fromVersion, migrate);
  await record.seams.faults.before?.('restore-state', record.id, version.version);
  await version.plugin.restoreState(bytes);
  return true;
}

async function inForm(
  plugin: string,
  version: PluginVersion,
  { bytes, form }: KeptState,
  fromVersion: string,
  migrate: MigrateState | undefined,
): Promise<Uint8Array> {
  const to = formOf(version);
  if (form === to || version.plugin.info.state?.accepts?.includes(form) === true) return bytes;
  const toVersion = version.version;
  const migrated = await migrate?.({ plugin, from: form, to, fromVersion, toVersion, state: bytes });
  if (migrated instanceof Uint8Array) return migrated;
  throw new RingfenceError(
    'STATE_MISMATCH',
    `The state of the plugin ${plugin} ${fromVersion} has form ${form}, and version ${toVersion} takes form ${to}: ` +
      `add ${form} to \`state.accepts\` of its manifest, or give the manager \`migrateState\``,
    { plugin, details: { from: form, to, fromVersion, toVersion } },
  );
}
