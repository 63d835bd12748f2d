/** An engine for each test of a file, in each executor. */
import { afterEach } from 'vitest';
import { createEngine, type Engine, type EngineOptions, type ExecutorName } from '../../../engine/index.ts';
import { HEAP_BYTES } from '../support/spawned.ts';

/** @returns what makes an engine, which is closed after the test */
export function engines(executor: ExecutorName): (options?: EngineOptions) => Promise<Engine> {
  const open: Engine[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((engine) => engine.close({ deadlineMs: 0 })));
  });
  return async (options = {}) => {
    const engine = await createEngine({ executor, workers: 1, workerHeap: HEAP_BYTES, ...options });
    open.push(engine);
    return engine;
  };
}

/** Whether the event loop goes round while a promise is pending. */
export async function turns<T>(pending: Promise<T>): Promise<{ value: T; turned: boolean }> {
  let turned = false;
  setImmediate(() =>
    setImmediate(() => {
      turned = true;
    }),
  );
  return { value: await pending, turned };
}
