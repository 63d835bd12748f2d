/** The states of a plugin: one closed union, and which may follow which. */

export const PLUGIN_STATES = [
  'installed',
  'pending-permission',
  'starting',
  'running',
  'degraded',
  'stopping',
  'stopped',
  'failed',
] as const;
export type PluginState = (typeof PLUGIN_STATES)[number];

/** What may come after each state. */
export const NEXT_STATES: Readonly<Record<PluginState, readonly PluginState[]>> = {
  installed: ['pending-permission', 'starting', 'stopped', 'failed'],
  // Someone has to grant what it asks for.
  'pending-permission': ['starting', 'stopped', 'failed'],
  starting: ['running', 'degraded', 'stopping', 'failed'],
  running: ['stopping', 'degraded', 'failed'],
  // Restarting, with growing pauses.
  degraded: ['starting', 'stopping', 'failed'],
  stopping: ['stopped', 'failed'],
  stopped: ['starting', 'pending-permission', 'failed'],
  failed: ['starting', 'pending-permission', 'stopped'],
};
