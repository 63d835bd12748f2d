/** The life of an instance as data: which functions the host calls, in what order, and what they answer. */
import type { AbiFunctionName } from './exports.ts';

export interface LifecycleStep {
  readonly name: AbiFunctionName;
  /** Gets the configuration as JSON. */
  readonly takesConfig: boolean;
  /** `status`: i32, 0 is success. `packed`: i64 of pointer and length. */
  readonly answer: 'status' | 'packed';
}

const step = (name: AbiFunctionName, takesConfig: boolean, answer: LifecycleStep['answer']): LifecycleStep => ({
  name,
  takesConfig,
  answer,
});

/** After the module's start function, which runs first where there is one. */
export const START_STEPS: readonly LifecycleStep[] = [
  step('plugin_get_info', false, 'packed'),
  step('plugin_init', true, 'status'),
  step('plugin_start', false, 'status'),
];

export const STOP_STEPS: readonly LifecycleStep[] = [
  step('plugin_stop', false, 'status'),
  step('plugin_cleanup', false, 'status'),
];
