import { describe } from 'vitest';
import { createInlineExecutor } from '../../engine/executors/inline.ts';
import { executorContract } from './contract.ts';

describe('inline', () => executorContract((maxLiveInstances) => createInlineExecutor({ maxLiveInstances })));
