import type { Case } from './case.js';
import { ELEMENTWISE_CASES } from './cases/elementwise.js';
import { REGION_CASES } from './cases/regions.js';
import { SOURCE_CASES } from './cases/sources.js';
import { TENSOR_CASES } from './cases/tensor.js';

/** A row for every op, with a plain definition of its result; also run through compiled plans. */
export const CASES: readonly Case[] = [...ELEMENTWISE_CASES, ...TENSOR_CASES, ...SOURCE_CASES, ...REGION_CASES];
