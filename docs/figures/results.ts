/** The committed results of a full run: what figures in documents are taken from. */
import { join } from 'node:path';
import { readDocuments } from '../../bench/report/documents.ts';
import type { Figures } from './path.ts';

/** `npm run bench -- --out bench/report/results` writes them, and the report of them. */
export const RESULTS = join(import.meta.dirname, '../../bench/report/results');

export const committedFigures = (): Figures => readDocuments(RESULTS).all;
