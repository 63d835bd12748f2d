import { describe } from 'vitest';
import { inlineExecutor } from '../../engine/executors/inline.ts';
import { executorContract } from './contract.ts';

describe('inline', () => executorContract(() => inlineExecutor));
